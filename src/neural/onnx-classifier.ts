/**
 * A sequence classifier in ONNX as a device for batch stages: rows of ids go in, the logits of its labels come out (one for a
 * regression, as FineWeb-Edu's). Any export with `input_ids` and `logits` of two dimensions, in single precision.
 *
 * Opening runs two rows of a few ids, so that what does not fit is known before anything starts.
 */
import { ConfigError, ShardError } from '../errors/errors.js'
import type { Device } from '../stage/stage.js'
import { mentions, readOnnxFile } from './onnx-file.js'
import { planFeeds } from './onnx-inputs.js'
import { createSession, DYNAMIC_QUANTIZATION, type OnnxModelOptions, PROBE, padRows } from './onnx-model.js'
import { firstLine, loadOnnxRuntime } from './onnxruntime.js'
import { layersOnCpu, ProfileFolder } from './placement.js'

const LOGITS = 'logits'

export interface OnnxClassifier extends Device {
  readonly labelCount: number
  compute(rows: readonly Int32Array[]): Promise<readonly Float32Array[]>
}

/**
 * @throws ConfigError without onnxruntime-node or the device, for bytes that are no such model, and for one of which a layer
 *   would be computed elsewhere than on the device
 */
export async function openOnnxClassifier(bytes: Uint8Array, options: OnnxModelOptions): Promise<OnnxClassifier> {
  const { path, device } = options
  const file = readOnnxFile(bytes, path)
  if (!file.outputs.some(({ name }) => name === LOGITS)) {
    const names = file.outputs.map(({ name }) => JSON.stringify(name)).join(', ')
    throw new ConfigError(`${file.name}: expected an output "${LOGITS}", got ${names || 'none'}`)
  }
  const runtime = await loadOnnxRuntime(device)
  const feedsOf = planFeeds(file, runtime)
  const profile = device === 'cpu' ? null : new ProfileFolder()
  try {
    const session = await createSession(runtime, bytes, options, profile)
    const logitsOf = async (rows: readonly Int32Array[]): Promise<Float32Array[]> => {
      const { [LOGITS]: logits } = await session.run(feedsOf(padRows(rows)), [LOGITS])
      const labels = logits?.dims[1] ?? 0
      const isSound = logits?.dims.length === 2 && logits.dims[0] === rows.length && labels > 0
      if (!isSound || !(logits.data instanceof Float32Array)) {
        throw new ConfigError(
          `${file.name}: logits: expected ${rows.length} rows of float32 labels, got ${logits?.dims.join(' × ')}`,
        )
      }
      const { data } = logits
      return rows.map((_, row) => data.slice(row * labels, (row + 1) * labels))
    }
    try {
      const labelCount = (await logitsOf(PROBE))[0].length
      if (profile !== null) {
        session.endProfiling()
        const operators = layersOnCpu(profile.read(), PROBE.length * PROBE[0].length)
        if (operators.length > 0) {
          throw new ConfigError(`${file.name}: device ${device} has no kernel for ${operators.join(', ')}`)
        }
      }
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
