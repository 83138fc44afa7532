/**
 * The plan of a run: inputs cut into shards, the stage list cut into steps at the stages that need the whole corpus. A
 * step's id holds a key of everything that can change its bytes, so a changed config reuses the steps before the change.
 */
import { canonicalJson } from '../document/json.js'
import { ConfigError, messageOf } from '../errors/errors.js'
import type { SignalColumn } from '../formats/arrow/verdicts.js'
import { expandPatterns, openInput } from '../io/input-files.js'
import type { Range, Repeat, Stage } from '../stage/stage.js'
import { fileSha256, sha256 } from './digest.js'
import { type EarlierShard, earlierShards } from './earlier.js'
import { stageResources } from './resources.js'
import type { Execution, RunConfig, StageUse } from './settings.js'
import { loadStage } from './stage-loader.js'
import { codeVersion, type Versions } from './versions.js'

export interface PlannedInput {
  readonly name: string
  /** Absolute path or URL. */
  readonly path: string
  readonly sizeBytes: number
  /** Modification time or ETag: tells a changed file. */
  readonly modified: string
  /** Bytes between cuts; null for a file that is one range. */
  readonly rangeSize: number | null
  /** Number of its first shard; shards are numbered over all inputs in order. */
  readonly firstShard: number
  readonly shardCount: number
}

/** One pass over all documents, a task a shard. */
export interface DocumentsStep {
  readonly kind: 'documents'
  readonly id: string
  readonly name: string
  /** The corpus stage whose decisions, or the batch stage whose scores, are applied first. */
  readonly settles: StageUse | null
  readonly each: readonly StageUse[]
  /** Signals of the stages up to this step: the columns of its verdict shards. */
  readonly signalColumns: readonly SignalColumn[]
  /** The corpus stage that collects from what is left. */
  readonly collects: StageUse | null
  /** What it attaches stays when the run is whole, for later runs. */
  readonly keepsAttachments: boolean
  /** True in the last pass. */
  readonly writesOutput: boolean
  readonly taskCount: number
}

/** A batch stage scores what is left on its device, a task a shard. */
export interface BatchStep {
  readonly kind: 'batch'
  readonly id: string
  readonly name: string
  readonly stage: StageUse
  readonly taskCount: number
}

/** What earlier runs attached to documents becomes records of a corpus stage's first round, a task a shard of theirs. */
export interface RecallStep {
  readonly kind: 'recall'
  readonly id: string
  readonly name: string
  readonly stage: StageUse
  readonly earlier: readonly EarlierShard[]
  readonly taskCount: number
}

/** One round of a corpus stage, a task a partition. */
export interface RoundStep {
  readonly kind: 'round'
  readonly id: string
  readonly name: string
  readonly stage: StageUse
  /** Index into the stage's rounds. */
  readonly round: number
  readonly repeat: Repeat | null
  readonly taskCount: number
}

export type Step = DocumentsStep | BatchStep | RecallStep | RoundStep

export interface Plan {
  readonly millrace: string
  readonly name: string
  readonly seed: number
  readonly versions: Versions
  /** What of `execution` can change the run's bytes. */
  readonly execution: Pick<Execution, 'measure' | 'dropped' | 'droppedShare'>
  readonly input: StageUse
  readonly output: StageUse
  readonly inputs: readonly PlannedInput[]
  readonly shardCount: number
  /** Names of all stages in the config's order: the order of the funnel. */
  readonly stageOrder: readonly string[]
  readonly signalColumns: readonly SignalColumn[]
  readonly steps: readonly Step[]
}

const HEAD_BYTES = 2 ** 16
/** Input bytes a partition of a round stands for: enough work to pay for a task, and bounded memory. */
const PARTITION_INPUT_BYTES = 64 * 2 ** 20
const PARTITIONS_MAX = 4096

export async function makePlan(config: RunConfig): Promise<Plan> {
  const inputs = await planInputs(config)
  const shardCount = inputs.reduce((n, input) => n + input.shardCount, 0)
  const inputBytes = inputs.reduce((n, input) => n + input.sizeBytes, 0)
  const partitionCount = Math.min(PARTITIONS_MAX, Math.max(2, Math.ceil(inputBytes / PARTITION_INPUT_BYTES)))
  const versions = codeVersion()
  const { measure, dropped, droppedShare } = config.execution
  const execution = { measure, dropped, droppedShare }
  const start = { versions, execution, seed: config.seed, input: await keyOf(config.input), inputs }
  const steps = await planSteps(config, shardCount, partitionCount, sha256(canonicalJson(start)))
  const last = steps.at(-1)
  return {
    millrace: versions.millrace,
    name: config.name,
    seed: config.seed,
    versions,
    execution,
    input: config.input,
    output: config.output,
    inputs,
    shardCount,
    stageOrder: config.stages.map((use) => use.as),
    signalColumns: last?.kind === 'documents' ? last.signalColumns : [],
    steps,
  }
}

/** The stages of a plan in the config's order. */
export function stagesOf(plan: Plan): StageUse[] {
  return plan.steps.flatMap((step) =>
    step.kind === 'documents' ? [...(step.settles === null ? [] : [step.settles]), ...step.each] : [],
  )
}

/** The range of a shard, and the input it lies in. */
export function shardRange(plan: Plan, shard: number): { input: PlannedInput; range: Range } {
  let low = 0
  let high = plan.inputs.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (plan.inputs[middle].firstShard <= shard) low = middle
    else high = middle - 1
  }
  const input = plan.inputs[low]
  const size = input.rangeSize ?? input.sizeBytes
  const start = (shard - input.firstShard) * size
  return { input, range: { start, end: Math.min(start + size, input.sizeBytes), exact: start === 0 } }
}

/** Number of partitions that records for a round are spread over. */
export function partitionsOf(plan: Plan, stageAs: string, round: number): number {
  for (const step of plan.steps) {
    if (step.kind === 'round' && step.stage.as === stageAs && step.round === round) return step.taskCount
  }
  return 0
}

async function planInputs(config: RunConfig): Promise<PlannedInput[]> {
  const stage = await loadStage(config.input.stage)
  if (stage.kind !== 'read') throw new ConfigError(`input: ${config.input.stage} is not a reader`)
  const files = await expandPatterns(config.inputPatterns, config.baseFolder, config.pathLists)
  const inputs: PlannedInput[] = []
  let firstShard = 0
  for (const { name, path, sizeBytes, modified } of files) {
    const file = await openInput(path, name)
    try {
      const head = await file.read(0, Math.min(HEAD_BYTES, sizeBytes))
      const rangeSize = stage.read.rangeSize(config.input.options as never, file, head) // options were checked against this stage's declaration
      const shardCount = rangeSize === null ? 1 : Math.max(1, Math.ceil(sizeBytes / rangeSize))
      inputs.push({ name, path, sizeBytes, modified, rangeSize, firstShard, shardCount })
      firstShard += shardCount
    } catch (error) {
      throw new ConfigError(`input: can't read ${name}: ${messageOf(error)}`)
    } finally {
      await file.close()
    }
  }
  return inputs
}

async function planSteps(
  config: RunConfig,
  shardCount: number,
  partitionCount: number,
  startKey: string,
): Promise<Step[]> {
  const steps: Step[] = []
  let key = startKey
  const extendKey = (part: unknown) => {
    key = sha256(key + canonicalJson(part))
    return key
  }
  const idOf = (name: string) => `${String(steps.length).padStart(2, '0')}-${name}-${key.slice(0, 8)}`
  let settles: StageUse | null = null
  let each: StageUse[] = []
  let eachKeys: unknown[] = []
  let columns: SignalColumn[] = []
  const closePass = (
    collects: StageUse | null,
    writesOutput: boolean,
    endKey: unknown,
    keepsAttachments: boolean = false,
  ) => {
    const name = settles === null ? 'read' : `after-${settles.as}`
    extendKey({ each: eachKeys, end: endKey })
    const pass = { settles, each, collects, keepsAttachments, writesOutput, signalColumns: columns }
    steps.push({ kind: 'documents', id: idOf(name), name, ...pass, taskCount: shardCount })
    each = []
    eachKeys = []
  }
  for (const use of config.stages) {
    const stage = await loadStage(use.stage)
    const useKey = await keyOf(use)
    if (stage.kind === 'each') {
      each.push(use)
      eachKeys.push(useKey)
      columns = [...columns, ...signalColumns(use.as, stage)]
    } else if (stage.kind === 'eachBatch') {
      closePass(null, false, null)
      const { keepScores } = stage.batch
      extendKey(await keyOf({ ...use, options: withoutOptions(use.options, keepScores) }))
      steps.push({ kind: 'batch', id: idOf(use.as), name: use.as, stage: use, taskCount: shardCount })
      settles = use
      eachKeys = [useKey] // all its options: settling reads the others
      columns = [...columns, ...signalColumns(use.as, stage)]
    } else if (stage.kind === 'corpus') {
      closePass(use, false, useKey, stage.corpus.recall !== undefined)
      const earlier = earlierShards(use, stage.corpus)
      if (earlier.length > 0) {
        extendKey({ earlier })
        const name = `${use.as}.earlier`
        steps.push({ kind: 'recall', id: idOf(name), name, stage: use, earlier, taskCount: earlier.length })
      }
      stage.corpus.rounds.forEach((round, index) => {
        extendKey({ round: round.name, partitionCount })
        const taskCount = round.partitions === 'one' ? 1 : partitionCount
        const name = `${use.as}.${round.name}`
        steps.push({
          kind: 'round',
          id: idOf(name),
          name,
          stage: use,
          round: index,
          repeat: round.repeat ?? null,
          taskCount,
        })
      })
      settles = use
      columns = [...columns, ...signalColumns(use.as, stage)]
    } else
      throw new ConfigError(`stages: ${use.stage} is a ${stage.kind === 'read' ? 'reader' : 'writer'}, not a stage`)
  }
  closePass(null, true, await keyOf(config.output))
  return steps
}

/** What a stage's bytes depend on: its options, and the content of the files that they name. */
async function keyOf(use: StageUse): Promise<unknown> {
  const stage: Stage = await loadStage(use.stage)
  const files: Record<string, string> = {}
  for (const [name, option] of Object.entries(stage.options)) {
    if (!option.isPath || (stage.kind === 'corpus' && stage.corpus.recall?.option === name)) continue
    for (const path of [use.options[name]].flat()) {
      if (typeof path === 'string' && path !== '') files[path] = digestOf(path, `${use.as}.${name}`)
    }
  }
  if (stage.kind === 'eachBatch' && stage.batch.files !== undefined) {
    // options were checked against this stage's own declaration
    for (const path of await stage.batch.files(use.options as never, stageResources(0))) {
      files[path] = digestOf(path, use.as)
    }
  }
  const { as, stage: name, options, when, codeSha256 } = use
  return { as, name: codeSha256 || name, options, when, files }
}

function withoutOptions(options: StageUse['options'], names: readonly string[]): StageUse['options'] {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)))
}

function digestOf(path: string, where: string): string {
  try {
    return fileSha256(path)
  } catch (error) {
    throw new ConfigError(`${where}: can't read ${path}: ${messageOf(error)}`)
  }
}

function signalColumns(as: string, stage: Stage): SignalColumn[] {
  return Object.entries(stage.signals ?? {}).map(([name, { type }]) => ({ name: `${as}.${name}`, type }))
}
