/**
 * Where a model's operators really ran. onnxruntime puts every operator that a device has no kernel for on the CPU, and
 * brings its inputs there and its outputs back, without a word. For shapes, positions and masks that is right and cheap; for
 * a layer it would mean that the device is a name only. Its own switch against it (`session.disable_cpu_ep_fallback`)
 * refuses the former too, which nearly every exported model has. So one small run is profiled, and a model is refused when
 * the CPU computed anything but integers that is larger than a mask.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface ProfileEvent {
  readonly cat?: string
  readonly args?: {
    readonly provider?: string
    readonly op_name?: string
    /** One element type to dimensions for each output. */
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[]
  }
}

/** Shapes, positions and masks. */
const INDEX_TYPES = ['int64', 'bool']
/** Numbers for each token. Layers are wider; the cosines of rotary positions, or what is added for a distance, are not. */
const SMALL_WIDTH = 64

/** Gives the operators that ran on the CPU though they are no index arithmetic, each with how often: `LogSoftmax (1)`. */
export function layersOnCpu(profile: string, tokens: number): string[] {
  // Written by onnxruntime a moment ago, in the format of Chrome's traces.
  const events: readonly ProfileEvent[] = JSON.parse(profile)
  const counts = new Map<string, number>()
  for (const { cat, args } of events) {
    if (cat !== 'Node' || args?.provider !== 'CPUExecutionProvider') continue
    const isLayer = (args.output_type_shape ?? []).some((output) =>
      Object.entries(output).some(
        ([type, dims]) => !INDEX_TYPES.includes(type) && dims.reduce((a, b) => a * b, 1) > tokens * SMALL_WIDTH,
      ),
    )
    const operator = args.op_name ?? 'unnamed'
    if (isLayer) counts.set(operator, (counts.get(operator) ?? 0) + 1)
  }
  return [...counts].sort().map(([operator, count]) => `${operator} (${count})`)
}

/** A folder for one profile, away again when `read` has been called or `discard`. */
export class ProfileFolder {
  readonly #path = mkdtempSync(join(tmpdir(), 'millrace-onnx-'))
  readonly prefix = join(this.#path, 'profile')

  read(): string {
    const [name] = readdirSync(this.#path)
    if (name === undefined) throw new Error(`onnxruntime wrote no profile to ${this.#path}`)
    return readFileSync(join(this.#path, name), 'utf8')
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true })
  }
}
