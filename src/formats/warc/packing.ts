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
