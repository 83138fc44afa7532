/**
 * A causal language model in ONNX as a device for batch stages: rows of ids go in, the log-probability of each id given
 * those before it in its row comes out, n - 1 numbers for n ids. Any export with `input_ids` and `logits`
 * (onnx-inputs.ts says what else may stand beside them); weights keep the precision that the file gives them, the loss
 * (onnx-loss.ts) is in single precision.
 *
 * Opening runs two rows of a few ids, so that a device without half precision, a missing file of weights or an operator
 * without a kernel is known before anything starts.
 *
 * A thread with a model in it must close it before it is terminated: onnxruntime-node ends the whole process when its thread
 * goes away in the middle of a run.
 */
import { dirname } from 'node:path'
import { ConfigError, ShardError } from '../errors/errors.js'
import type { Device } from '../stage/stage.js'
import { mentions, readOnnxFile } from './onnx-file.js'
import { planFeeds, type TokenMatrix, widen } from './onnx-inputs.js'
import { appendLoss, LOG_PROBABILITIES, LOGITS_SHAPE, TARGETS } from './onnx-loss.js'
import { positionsIn } from './onnx-positions.js'
import {
  type Feeds,
  firstLine,
  loadOnnxRuntime,
  type OnnxDevice,
  type OnnxRuntime,
  type Session,
  type Tensor,
} from './onnxruntime.js'
import { layersOnCpu, ProfileFolder } from './placement.js'

export interface OnnxModelOptions {
  /** Where the bytes come from: for messages, and for the folder that the model's external data lies in. */
  readonly path: string
  readonly device: OnnxDevice
  /** What device cpu computes with; 0 for as many as there are cores. */
  readonly threads?: number
}

export interface OnnxModel extends Device {
  /** Entries in each token's logits: ids are below it. */
  readonly vocabularySize: number
  /** Ids of the longest row, as far as the model's tables tell (onnx-positions.ts); null where none does. */
  readonly contextTokensMax: number | null
  compute(rows: readonly Int32Array[]): Promise<readonly Float32Array[]>
}

/**
 * Logits of a run: 1 GiB in single precision, of which two lie on the device at once. A GPU is busy with less, and WebGPU
 * has no buffer of more than 2 GiB on common drivers.
 */
const LOGITS_MAX = 2 ** 28
/**
 * Of the operators that round activations to 8 bits by the largest of all that they are given: in company, a row's numbers
 * would depend on the others (by 0.09 nats in a model with 2 layers), so that such models are given one row a run.
 */
export const DYNAMIC_QUANTIZATION = 'DynamicQuantize'
/** More than one row, and padding. */
export const PROBE: readonly Int32Array[] = [new Int32Array(4), new Int32Array(3)]

/**
 * @param bytes of the model; not needed any more when the promise resolves
 * @throws ConfigError without onnxruntime-node or the device, for bytes that are no causal language model, and for one of
 *   which a layer would be computed elsewhere than on the device
 */
export async function openOnnxModel(bytes: Uint8Array, options: OnnxModelOptions): Promise<OnnxModel> {
  const { path, device } = options
  const file = readOnnxFile(bytes, path)
  const model = appendLoss(file, device)
  const runtime = await loadOnnxRuntime(device)
  const feedsOf = planFeeds(file, runtime)
  // A CPU can't fall back to anything else.
  const profile = device === 'cpu' ? null : new ProfileFolder()
  try {
    const session = await createSession(runtime, model.bytes, options, profile)
    const contextTokensMax = positionsIn(file)
    const rowsMax = mentions(file, DYNAMIC_QUANTIZATION) ? 1 : Number.POSITIVE_INFINITY
    const loaded = new LoadedModel(file.name, runtime, session, feedsOf, device)
    const vocabularySize = await loaded.probe(model.vocabularySize, profile).catch(async (error) => {
      await session.release()
      throw error
    })
    return {
      concurrency: 1,
      vocabularySize,
      contextTokensMax,
      compute: (rows) => loaded.compute(rows, { vocabularySize, contextTokensMax, rowsMax }),
      close: () => session.release(),
    }
  } finally {
    profile?.remove()
  }
}

/** @throws ConfigError for a model that onnxruntime refuses, or can't load on the device */
export async function createSession(
  runtime: OnnxRuntime,
  model: Uint8Array,
  { path, device, threads = 0 }: OnnxModelOptions,
  profile: ProfileFolder | null,
): Promise<Session> {
  try {
    return await runtime.InferenceSession.create(model, {
      executionProviders: [device],
      logSeverityLevel: 4,
      intraOpNumThreads: threads,
      ...(profile !== null && { enableProfiling: true, profileFilePrefix: profile.prefix }),
      // Patterns pay where batches have one shape; here they double the memory.
      enableMemPattern: false,
      extra: {
        session: {
          model_external_initializers_file_folder_path: dirname(path),
          // Its threads would keep the cores that other workers tokenize on.
          intra_op: { allow_spinning: '0' },
        },
      },
    })
  } catch (error) {
    throw new ConfigError(`ONNX model ${path}: onnxruntime can't load it on device ${device}: ${firstLine(error)}`)
  }
}

interface Limits {
  readonly vocabularySize: number
  readonly contextTokensMax: number | null
  /** Rows of a run. */
  readonly rowsMax: number
}

class LoadedModel {
  constructor(
    private readonly name: string,
    private readonly runtime: OnnxRuntime,
    private readonly session: Session,
    private readonly feedsOf: (matrix: TokenMatrix) => Feeds,
    private readonly device: OnnxDevice,
  ) {}

  /** Runs PROBE; gives the size of the vocabulary. */
  async probe(vocabularySize: number | null, profile: ProfileFolder | null): Promise<number> {
    const matrix = padRows(PROBE)
    const outputs = vocabularySize === null ? [LOG_PROBABILITIES, LOGITS_SHAPE] : [LOG_PROBABILITIES]
    let results: Readonly<Record<string, Tensor>>
    try {
      results = await this.session.run(this.feeds(matrix), outputs)
    } catch (error) {
      throw new ConfigError(`${this.name}: it does not run on device ${this.device}: ${firstLine(error)}`)
    }
    this.numbers(results, matrix)
    if (profile !== null) {
      this.session.endProfiling()
      const operators = layersOnCpu(profile.read(), matrix.ids.length)
      if (operators.length > 0) {
        throw new ConfigError(
          `${this.name}: device ${this.device} has no kernel for these operators, onnxruntime would compute them on the ` +
            `CPU: ${operators.join(', ')}; export the model without them, or set device: cpu`,
        )
      }
    }
    return vocabularySize ?? Number(results[LOGITS_SHAPE]?.data[2])
  }

  async compute(rows: readonly Int32Array[], limits: Limits): Promise<readonly Float32Array[]> {
    for (const row of rows) checkRow(row, limits, this.name)
    const numbers: Float32Array[] = []
    for (const part of splitRows(rows, limits)) numbers.push(...(await this.run(part)))
    return numbers
  }

  private async run(rows: readonly Int32Array[]): Promise<Float32Array[]> {
    const matrix = padRows(rows)
    if (matrix.columns < 2) return rows.map(() => new Float32Array(0))
    try {
      const results = await this.session.run(this.feeds(matrix), [LOG_PROBABILITIES])
      const numbers = this.numbers(results, matrix)
      return rows.map(({ length }, row) => {
        const start = row * matrix.columns
        return numbers.slice(start, start + Math.max(length - 1, 0))
      })
    } catch (error) {
      const shape = `${matrix.rows} rows of ${matrix.columns} ids`
      throw new ShardError(`${this.name}: device ${this.device} failed on ${shape}: ${firstLine(error)}`)
    }
  }

  private feeds(matrix: TokenMatrix): Feeds {
    const { rows, columns } = matrix
    const targets = new this.runtime.Tensor('int64', widen(targetsOf(matrix)), [rows, columns, 1])
    return { ...this.feedsOf(matrix), [TARGETS]: targets }
  }

  /** rows × columns: at each id, the log-probability of the next. */
  private numbers(results: Readonly<Record<string, Tensor>>, { rows, columns }: TokenMatrix): Float32Array {
    const output = results[LOG_PROBABILITIES]
    if (!(output?.data instanceof Float32Array) || output.data.length !== rows * columns) {
      throw new ConfigError(
        `${this.name}: logits: expected ${rows} × ${columns} positions, got ${output?.dims.join(' × ')}`,
      )
    }
    return output.data
  }
}

/** Rows for one run each, in order: as many as the logits have room for, at least one. */
export function splitRows(
  rows: readonly Int32Array[],
  { vocabularySize, rowsMax }: Pick<Limits, 'vocabularySize' | 'rowsMax'>,
): (readonly Int32Array[])[] {
  const parts: Int32Array[][] = []
  let longest = 0
  for (const row of rows) {
    const part = parts.at(-1)
    longest = Math.max(longest, row.length)
    const fits = (part?.length ?? 0) < rowsMax && ((part?.length ?? 0) + 1) * longest * vocabularySize <= LOGITS_MAX
    if (part !== undefined && fits) part.push(row)
    else {
      parts.push([row])
      longest = row.length
    }
  }
  return parts
}

export function padRows(rows: readonly Int32Array[]): TokenMatrix {
  const columns = rows.reduce((most, { length }) => Math.max(most, length), 0)
  const ids = new Int32Array(rows.length * columns)
  rows.forEach((row, i) => {
    ids.set(row, i * columns)
  })
  return { rows: rows.length, columns, ids, lengths: rows.map(({ length }) => length) }
}

/** The id behind each id; 0 behind a row's last. */
function targetsOf({ rows, columns, ids }: TokenMatrix): Int32Array {
  const targets = new Int32Array(ids.length)
  targets.set(ids.subarray(1))
  for (let row = 0; row < rows; row++) targets[(row + 1) * columns - 1] = 0
  return targets
}

function checkRow(row: Int32Array, { vocabularySize, contextTokensMax }: Limits, name: string): void {
  if (row.length > (contextTokensMax ?? row.length)) {
    throw new ConfigError(`${name}: it has ${contextTokensMax} positions, got a row of ${row.length} ids`)
  }
  for (const id of row) {
    if (id < 0 || id >= vocabularySize) {
      throw new ConfigError(
        `${name}: its vocabulary has ${vocabularySize} entries, got id ${id}: the tokenizer is another model's`,
      )
    }
  }
}
