/**
 * Zstandard (RFC 8878) through one WebAssembly build, the same on every Node version, so that shards are the same bytes
 * everywhere; Node's own zstd only exists from 22.15 and changes with it. Whole buffers only: the build has no streaming, which
 * `zstd-decoder.ts` has.
 */
import { compress, createDCtx, decompress, decompressUsingDict, init } from '@bokuweb/zstd-wasm'
import { frameSpan } from './zstd-frame.js'

/**
 * Level 1: on 18 MB of web text in many languages 123 MB/s at ratio 2.51; level 3 gives 72 MB/s at 2.87, the negative
 * levels are no faster (bench/write-arrow.js prints the figures).
 */
const LEVEL = 1

/** Largest buffer that is compressed: WebAssembly memory grows to twice this and never shrinks. */
export const ZSTD_SIZE_MAX = 64 * 2 ** 20

export interface Zstd {
  /** One frame that states its content size, in memory of its own. Above ZSTD_SIZE_MAX the content is stored as it is. */
  compress(bytes: Uint8Array): Uint8Array
  /** The inverse, up to ZSTD_SIZE_MAX; throws RangeError when `bytes` is not one sound frame of exactly `sizeBytes` content. */
  decompress(bytes: Uint8Array, sizeBytes: number): Uint8Array
  /**
   * One frame of anybody's, its checksum verified. Throws RangeError when `bytes` is not one sound frame, or may hold more
   * than `sizeMax`.
   */
  decompressFrame(bytes: Uint8Array, sizeMax: number, dictionary?: Uint8Array): Uint8Array
}

const MAGIC = 0xfd2fb528

let loading: Promise<Zstd> | undefined

/** Compiles the module, once a thread. */
export function loadZstd(): Promise<Zstd> {
  loading ??= init().then(() => ({ compress: compressFrame, decompress: decompressStated, decompressFrame }))
  return loading
}

// A fresh context each time: a reused one would be 20% faster on 16 KiB buffers, nothing on 4 MiB ones, and its bytes
// would rest on the promise that the calls before leave no trace.
function compressFrame(bytes: Uint8Array): Uint8Array {
  return bytes.length > ZSTD_SIZE_MAX ? storedFrame(bytes) : compress(bytes, LEVEL)
}

/** Block_Maximum_Size of RFC 8878 section 3.1.1.2.3. */
const BLOCK_SIZE = 128 * 1024

/** A frame of raw blocks: single segment, 8 bytes of content size, no checksum. */
function storedFrame(bytes: Uint8Array): Uint8Array {
  const blockCount = Math.ceil(bytes.length / BLOCK_SIZE)
  const frame = new Uint8Array(13 + bytes.length + 3 * blockCount)
  const view = new DataView(frame.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint8(4, 0xe0)
  view.setBigUint64(5, BigInt(bytes.length), true)
  let at = 13
  for (let start = 0; start < bytes.length; start += BLOCK_SIZE) {
    const block = bytes.subarray(start, start + BLOCK_SIZE)
    const header = (block.length << 3) | (start + BLOCK_SIZE >= bytes.length ? 1 : 0)
    view.setUint16(at, header & 0xffff, true)
    view.setUint8(at + 2, header >> 16)
    frame.set(block, at + 3)
    at += 3 + block.length
  }
  return frame
}

/**
 * The contents of frames that stand one after the other, as our writers make them: each states its size.
 * @throws RangeError for anything else
 */
export function* zstdFrames(bytes: Uint8Array, zstd: Zstd): Generator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.subarray(at)
    const length = frameLength(rest)
    yield zstd.decompress(rest.subarray(0, length), contentSize(rest))
    at += length
  }
}

/** Bytes of the first frame: header, blocks up to the last one, checksum (RFC 8878 section 3.1.1). */
function frameLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = Number.isNaN(contentSize(bytes)) ? bytes.length : frameHeader(view).length
  for (let last = false; !last; ) {
    if (at + 3 > bytes.length) throw new RangeError(`zstd: expected whole frames, got one cut at ${bytes.length} bytes`)
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
    last = (header & 1) === 1
    const isRunLength = ((header >> 1) & 3) === 1
    at += 3 + (isRunLength ? 1 : header >> 3)
  }
  return at + ((view.getUint8(4) & 4) === 0 ? 0 : 4)
}

function decompressStated(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  // The module allocates whatever the frame says, without looking: check the frame before it does.
  const stated = contentSize(bytes)
  if (stated !== sizeBytes || sizeBytes > ZSTD_SIZE_MAX) {
    throw new RangeError(
      `zstd: expected a frame of ${sizeBytes} bytes (at most ${ZSTD_SIZE_MAX}), got one of ${stated}`,
    )
  }
  const out = decompress(bytes)
  if (out.length !== sizeBytes) throw new RangeError(`zstd: expected ${sizeBytes} bytes, got ${out.length}`)
  return out
}

/** The context that dictionaries need, made with the first. */
let context: number | undefined

function decompressFrame(bytes: Uint8Array, sizeMax: number, dictionary?: Uint8Array): Uint8Array {
  const span = frameSpan(bytes)
  if (span === null || span === 'short' || span.length !== bytes.length || span.contentMax > sizeMax)
    throw new RangeError(`zstd: expected one frame of at most ${sizeMax} bytes`)
  const room = { defaultHeapSize: Math.max(span.contentMax, 1) }
  try {
    if (dictionary === undefined) return decompress(bytes, room)
    context ??= createDCtx()
    return decompressUsingDict(context, bytes, dictionary, room)
  } catch (error) {
    throw new RangeError(`zstd: ${error instanceof Error ? error.message.replace('compress', 'decompress') : 'failed'}`)
  }
}

/** Bytes of the frame header, which ends in the content size of `width` bytes; width 0: it doesn't say. */
function frameHeader(view: DataView): { length: number; width: number } {
  const descriptor = view.getUint8(4)
  const singleSegment = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  const width = sizeFlag === 0 && !singleSegment ? 0 : 1 << sizeFlag
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0
  return { length: 5 + (singleSegment ? 0 : 1) + dictionaryBytes + width, width }
}

/** Frame_Content_Size of RFC 8878 section 3.1.1.1; NaN when `bytes` is no frame or doesn't say. */
function contentSize(bytes: Uint8Array): number {
  if (bytes.length < 6) return Number.NaN
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) return Number.NaN
  const { length, width } = frameHeader(view)
  if (width === 0 || length > bytes.length) return Number.NaN
  const at = length - width
  if (width === 1) return view.getUint8(at)
  if (width === 2) return view.getUint16(at, true) + 256
  if (width === 4) return view.getUint32(at, true)
  return Number(view.getBigUint64(at, true))
}
