/**
 * A classifier in ONNX as a device for batch stages: rows of ids go in, logits come out. Per row, one for each label (a single one
 * for a regression, as FineWeb-Edu's); or per token, token after token. Any export with `input_ids` and `logits`; logits of
 * another precision are made single.
 *
 * Opening runs a few rows, so that what does not fit (the tokenizer's ids, the length of rows) is known before anything starts.
 */
import { dirname, join } from 'node:path'
import { ConfigError, ShardError } from '../errors/errors.js'
import type { Device } from '../stage/stage.js'
import { ELEMENT, mentions, type OnnxFile, readOnnxFile, writeOnnxFile } from './onnx-file.js'
import { planFeeds } from './onnx-inputs.js'
import { createSession, DYNAMIC_QUANTIZATION, type OnnxModelOptions, PROBE, padRows } from './onnx-model.js'
import { embeddingsIn, positionsIn } from './onnx-positions.js'
import { firstLine, loadOnnxRuntime } from './onnxruntime.js'
import { layersOnCpu, ProfileFolder } from './placement.js'

const LOGITS = 'logits'
const SINGLE_LOGITS = 'millrace_logits'

export interface ClassifierOptions extends OnnxModelOptions {
  readonly per: 'row' | 'token'
  /** One more than the tokenizer's highest id. */
  readonly idEnd: number
  /** Ids of the longest row that will come. */
  readonly tokensMax: number
}

export interface OnnxClassifier extends Device {
  readonly labelCount: number
  compute(rows: readonly Int32Array[]): Promise<readonly Float32Array[]>
}

/** Files that hold weights of a model beside it. @param path of the model */
export function weightFiles(bytes: Uint8Array, path: string): string[] {
  return readOnnxFile(bytes, path).externalFiles.map((file) => join(dirname(path), file))
}

/**
 * @throws ConfigError without onnxruntime-node or the device, for bytes that are no such model, for one of which a layer would be
 *   computed elsewhere than on the device, and for one that the tokenizer or the rows do not fit
 */
export async function openOnnxClassifier(bytes: Uint8Array, options: ClassifierOptions): Promise<OnnxClassifier> {
  const { path, device, per } = options
  const file = readOnnxFile(bytes, path)
  const { model, output } = withSingleLogits(file, bytes, per)
  checkTables(file, options)
  const runtime = await loadOnnxRuntime(device)
  const feedsOf = planFeeds(file, runtime)
  const profile = device === 'cpu' ? null : new ProfileFolder()
  try {
    const session = await createSession(runtime, model, options, profile)
    const logitsOf = async (rows: readonly Int32Array[]): Promise<Float32Array[]> => {
      const matrix = padRows(rows)
      const { [output]: logits } = await session.run(feedsOf(matrix), [output])
      const labels = logits?.dims.at(-1) ?? 0
      const wanted = [rows.length, ...(per === 'token' ? [matrix.columns] : []), labels]
      if (!(logits?.data instanceof Float32Array) || labels === 0 || wanted.join() !== logits.dims.join()) {
        const what = per === 'token' ? `${rows.length} × ${matrix.columns} tokens` : `${rows.length} rows`
        throw new ConfigError(`${file.name}: logits: expected ${what} of labels, got ${logits?.dims.join(' × ')}`)
      }
      const { data } = logits
      const step = per === 'token' ? matrix.columns * labels : labels
      return rows.map(({ length }, row) =>
        data.slice(row * step, row * step + (per === 'token' ? length * labels : labels)),
      )
    }
    try {
      const [{ length }] = await logitsOf(PROBE)
      const labelCount = per === 'token' ? length / PROBE[0].length : length
      if (profile !== null) {
        session.endProfiling()
        const operators = layersOnCpu(profile.read(), PROBE.length * PROBE[0].length)
        if (operators.length > 0) {
          throw new ConfigError(`${file.name}: device ${device} has no kernel for ${operators.join(', ')}`)
        }
      }
      await probeFit(logitsOf, options)
      // What rounds activations by the batch is given one row a run, so that neighbors do not change scores.
      const oneByOne = mentions(file, DYNAMIC_QUANTIZATION)
      return {
        concurrency: 1,
        labelCount,
        async compute(rows) {
          try {
            if (!oneByOne) return await logitsOf(rows)
            const results: Float32Array[] = []
            for (const row of rows) results.push(...(await logitsOf([row])))
            return results
          } catch (error) {
            throw new ShardError(`${file.name}: device ${device} failed on ${rows.length} rows: ${firstLine(error)}`)
          }
        },
        close: () => session.release(),
      }
    } catch (error) {
      await session.release()
      if (error instanceof ConfigError) throw error
      throw new ConfigError(`${file.name}: it does not run on device ${device}: ${firstLine(error)}`)
    }
  } finally {
    profile?.remove()
  }
}

function withSingleLogits(
  file: OnnxFile,
  bytes: Uint8Array,
  per: ClassifierOptions['per'],
): { model: Uint8Array; output: string } {
  const logits = file.outputs.find(({ name }) => name === LOGITS)
  if (logits === undefined) {
    const names = file.outputs.map(({ name }) => JSON.stringify(name)).join(', ')
    throw new ConfigError(`${file.name}: expected an output "${LOGITS}", got ${names || 'none'}`)
  }
  const dimensions = per === 'token' ? ['rows', 'columns', 'labels'] : ['rows', 'labels']
  if (logits.shape !== null && logits.shape.length !== dimensions.length) {
    const kind =
      logits.shape.length === 3 ? ': it classifies tokens' : logits.shape.length === 2 ? ': it classifies texts' : ''
    throw new ConfigError(
      `${file.name}: logits: expected ${dimensions.join(' × ')}, got ${logits.shape.length} dimensions${kind}`,
    )
  }
  if (logits.elementType === ELEMENT.float32) return { model: bytes, output: LOGITS }
  const cast = { operator: 'Cast', inputs: [LOGITS], output: SINGLE_LOGITS, attributes: { to: ELEMENT.float32 } }
  const output = { name: SINGLE_LOGITS, elementType: ELEMENT.float32, shape: logits.shape ?? dimensions }
  return { model: writeOnnxFile(file, { nodes: [cast], inputs: [], outputs: [output] }), output: SINGLE_LOGITS }
}

/** What the model's tables tell; a GPU reads past their ends without a word. */
function checkTables(file: OnnxFile, { idEnd, tokensMax }: ClassifierOptions): void {
  const embeddings = embeddingsIn(file)
  if (embeddings !== null && idEnd > embeddings) throw otherTokenizer(file.name, idEnd, `has ${embeddings} ids`)
  const positions = positionsIn(file)
  if (positions !== null && tokensMax > positions) {
    throw new ConfigError(`tokensMax: expected at most the ${positions} positions of ${file.name}, got ${tokensMax}`)
  }
}

/** What they do not tell: the highest id, and a row of full length. */
async function probeFit(
  logitsOf: (rows: readonly Int32Array[]) => Promise<unknown>,
  { path, idEnd, tokensMax }: ClassifierOptions,
): Promise<void> {
  const highest = Int32Array.of(0, idEnd - 1)
  await logitsOf([highest]).catch((error) => {
    throw otherTokenizer(`ONNX model ${path}`, idEnd, `fails on it: ${firstLine(error)}`)
  })
  await logitsOf([new Int32Array(tokensMax).fill(idEnd - 1)]).catch((error) => {
    throw new ConfigError(`tokensMax: ONNX model ${path} fails on ${tokensMax} tokens: ${firstLine(error)}`)
  })
}

function otherTokenizer(name: string, idEnd: number, what: string): ConfigError {
  return new ConfigError(
    `tokenizer: its highest id is ${idEnd - 1}, and ${name} ${what}: the tokenizer is another model's`,
  )
}
