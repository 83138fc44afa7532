/**
 * A model file read by position, and a little-endian cursor over it. Model files are hostile: every read, and every count
 * before anything is allocated for it, is checked against the file's size. Faults are ConfigErrors that say file, byte,
 * expected, got.
 */

/** Read synchronously, so that building a model needs no promise a line, and files beyond 2 GiB work. */
export interface ModelFile {
  readonly sizeBytes: number
  /** Exactly `lengthBytes` from `offset`, or fewer at the end of the file. Valid until the next read. */
  read(offset: number, lengthBytes: number): Uint8Array
}

/** A file that is in memory already. */
export function memoryModelFile(bytes: Uint8Array): ModelFile {
  return { sizeBytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}
