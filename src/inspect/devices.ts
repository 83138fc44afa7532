/** What the devices of batch stages did, out of the run's log: a run that was resumed has several entries a stage. */
import { isObject } from '../document/json.js'
import type { Store } from '../io/store.js'

export interface DeviceUse {
  readonly stage: string
  readonly batches: number
  /** Ids that went to the device. */
  readonly tokens: number
  /** Share of a batch's cells that held no id, 0 to 1. */
  readonly paddingShare: number
  /** Share of the pass's time with a batch on the device, 0 to 1. */
  readonly busyShare: number
  readonly tokensPerSecond: number
}

const FIELDS = ['batches', 'tokens', 'paddingTokens', 'busySeconds', 'seconds'] as const
type Sums = Record<(typeof FIELDS)[number], number>

/** @param steps ids of the run's steps: an earlier config's devices are not its own */
export function deviceUses(store: Store, steps: ReadonlySet<string>): DeviceUse[] {
  const bytes = store.read('log/run.jsonl')
  const sums = new Map<string, Sums>()
  for (const line of bytes === null ? [] : new TextDecoder().decode(bytes).split('\n')) {
    // Cheap to tell; a line cut off by a full disk is no reason to show nothing.
    if (!line.includes('"event":"device"') || !line.endsWith('}')) continue
    const entry = parsed(line)
    if (isObject(entry) && steps.has(String(entry.step))) add(sums, entry)
  }
  return [...sums].map(([stage, { batches, tokens, paddingTokens, busySeconds, seconds }]) => ({
    ...{ stage, batches, tokens },
    paddingShare: paddingTokens / Math.max(1, tokens + paddingTokens),
    busyShare: busySeconds / Math.max(busySeconds, seconds, Number.MIN_VALUE),
    tokensPerSecond: tokens / Math.max(seconds, Number.MIN_VALUE),
  }))
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function add(sums: Map<string, Sums>, entry: Record<string, unknown>): void {
  const stage = String(entry.stage)
  const sum = sums.get(stage) ?? { batches: 0, tokens: 0, paddingTokens: 0, busySeconds: 0, seconds: 0 }
  for (const field of FIELDS) sum[field] += Number(entry[field] ?? 0)
  sums.set(stage, sum)
}
