/**
 * A model file that all threads of a run read, none copied: published classifiers have gigabytes of floats, one matrix most
 * of it. The file is laid into memory so that this matrix is aligned, and is then used where it lies.
 */
import { ConfigError } from '../errors/errors.js'
import type { Resources, SharedTable } from '../stage/stage.js'
import type { Classifier } from './classifier.js'
import { loadFastTextModel } from './fasttext-model.js'
import { inputMatrixAt, readModelFile } from './model-file.js'

const PIECE_BYTES = 2 ** 26
/** Rows, columns: what stands between the beginning of a dense matrix and its floats. */
const MATRIX_HEADER_BYTES = 16
/** The model begins at byte 4 to 7 of the memory; byte 0 says which. */
const LEAD_BYTES = 8
/** What one typed array can hold in every Node that we run on. */
const FILE_BYTES_MAX = 2 ** 32 - LEAD_BYTES - 1

/** Made once, in the main thread. Throws ConfigError when the file is no sound model. */
export async function shareModel(path: string, resources: Resources): Promise<readonly SharedTable[]> {
  const file = resources.openFile(path)
  try {
    if (file.sizeBytes > FILE_BYTES_MAX) {
      throw new ConfigError(`${path}: expected a model of at most ${FILE_BYTES_MAX} bytes, got ${file.sizeBytes}`)
    }
    const memory = new Uint8Array(new SharedArrayBuffer(file.sizeBytes + LEAD_BYTES))
    for (let at = 0; at < file.sizeBytes; at += PIECE_BYTES) memory.set(file.read(at, PIECE_BYTES), 4 + at)
    const inputAt = inputMatrixAt(memory.subarray(4, 4 + file.sizeBytes), path)
    const shift = -(inputAt + MATRIX_HEADER_BYTES) & 3
    if (shift > 0) memory.copyWithin(4 + shift, 4, 4 + file.sizeBytes)
    memory[0] = 4 + shift
    readModelFile(memory.subarray(4 + shift, 4 + shift + file.sizeBytes), path) // to refuse it here, not in every worker
    return [memory.buffer as SharedArrayBuffer] // a Uint8Array's type has forgotten which buffer it was made on
  } finally {
    file.close()
  }
}

/** The model out of what `shareModel` gave. */
export function openSharedModel([memory]: readonly SharedTable[], name: string): Classifier {
  if (!(memory instanceof SharedArrayBuffer)) throw new TypeError('expected the memory that shareModel makes')
  const bytes = new Uint8Array(memory)
  const start = bytes[0]
  return loadFastTextModel(bytes.subarray(start, start + bytes.length - LEAD_BYTES), name)
}
