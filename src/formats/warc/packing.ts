/** What gzip members and zstd frames have in common: something that begins somewhere in a file and holds records, mostly one. */
import { RecordError } from '../../errors/errors.js'

/** What is made of one whose packed bytes are at hand. */
export type Unpacked =
  /** `length` is that of the packed bytes, all of them. */
  | { readonly state: 'sound'; readonly bytes: Buffer; readonly length: number }
  /** 'short': the bytes end inside it. 'tooLarge': it holds more than is wanted at once. */
  | { readonly state: 'short' | 'tooLarge' | 'noHeader' | 'damaged' }

/** Deflate can shrink no further. */
export const DEFLATE_RATIO_MAX = 1032
/** Less than this is never held against its packed size. */
const RATIO_FREE_SIZE = 64 * 1024

/**
 * How much may come out of `packedSize` bytes: zstd and brotli, which could give a hundred times more, are held to what deflate
 * can give. The work for a file is then in proportion to its bytes.
 */
export function unpackedSizeMax(packedSize: number): number {
  return Math.max(packedSize * DEFLATE_RATIO_MAX, RATIO_FREE_SIZE)
}

export function ratioError(name: string, packedSize: number): RecordError {
  const most = unpackedSizeMax(packedSize)
  return new RecordError('compression-ratio', `${name}: expected at most ${most} bytes out of ${packedSize}, got more`)
}

/** zlib gathers its output in pieces between these sizes. */
const CHUNK_SIZE_MIN = 1024
const CHUNK_SIZE_MAX = 1024 * 1024
/** Where nothing is known. Most pages fit in. */
const CHUNK_SIZE_MOSTLY = 256 * 1024

/**
 * The size that the last four bytes of a gzip member tell, so that its output is one piece without waste. A guess, for they may
 * be something else: then there are more pieces.
 */
export function chunkSizeFor(member: Buffer): number {
  const size = member.length < 18 ? 0 : member.readUInt32LE(member.length - 4)
  if (size > member.length * DEFLATE_RATIO_MAX) return CHUNK_SIZE_MOSTLY
  // Some more, for zlib asks once again where the output is full.
  return Math.min(Math.max(size + 64, CHUNK_SIZE_MIN), CHUNK_SIZE_MAX)
}
