/**
 * The outside of Zstandard frames (RFC 8878 section 3.1): where one ends and how much it may hold, told by its header and the
 * headers of its blocks, without decoding. Frames may be hostile: nothing here allocates by what they say.
 */

export const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** Block_Maximum_Size at most, section 3.1.1.2.4. */
export const ZSTD_BLOCK_SIZE_MAX = 128 * 1024
export const ZSTD_BLOCK_HEADER_SIZE = 3
/** Magic, descriptor, window, dictionary id, content size. */
export const ZSTD_HEADER_SIZE_MAX = 4 + 1 + 1 + 4 + 8
const SKIPPABLE_MAGIC = 0x184d2a50

export interface FrameHeader {
  /** Bytes of the header, the magic included. */
  readonly length: number
  readonly windowSize: number
  /** Bytes of the content, null where the frame doesn't say. */
  readonly contentSize: number | null
  /** 0 where the frame doesn't say. */
  readonly dictionaryId: number
  readonly hasChecksum: boolean
  /** Bytes that a block decodes to at most. */
  readonly blockSizeMax: number
}

/** 'short': the bytes end inside the header. Null: no frame of this kind. */
export function frameHeader(bytes: Uint8Array): FrameHeader | 'short' | null {
  for (let i = 0; i < 4 && i < bytes.length; i++) if (bytes[i] !== ZSTD_MAGIC[i]) return null
  if (bytes.length < 5) return 'short'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const descriptor = view.getUint8(4)
  if ((descriptor & 0x08) !== 0) return null // the reserved bit
  const isSingleSegment = (descriptor & 0x20) !== 0
  const windowBytes = isSingleSegment ? 0 : 1
  const idBytes = [0, 1, 2, 4][descriptor & 3] as number // two bits
  const sizeBytes = descriptor >> 6 === 0 ? (isSingleSegment ? 1 : 0) : 1 << (descriptor >> 6)
  const length = 5 + windowBytes + idBytes + sizeBytes
  if (bytes.length < length) return 'short'
  const contentSize = sizeBytes === 0 ? null : littleEndian(view, length - sizeBytes, sizeBytes)
  const content = contentSize !== null && sizeBytes === 2 ? contentSize + 256 : contentSize
  const windowSize = isSingleSegment ? (content ?? 0) : windowOf(view.getUint8(5))
  return {
    length,
    windowSize,
    contentSize: content,
    dictionaryId: littleEndian(view, 5 + windowBytes, idBytes),
    hasChecksum: (descriptor & 4) !== 0,
    blockSizeMax: Math.min(windowSize, ZSTD_BLOCK_SIZE_MAX),
  }
}

/** Window_Descriptor, section 3.1.1.1.2. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function littleEndian(view: DataView, at: number, count: number): number {
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + view.getUint8(at + i)
  return value
}

export interface BlockHeader {
  readonly isLast: boolean
  readonly type: 'raw' | 'repeated' | 'compressed'
  /** Bytes behind the header. */
  readonly length: number
  /** Bytes that it decodes to, at most. */
  readonly contentMax: number
}

/** The three bytes at `at`; null when no block begins so, of which a frame with `blockSizeMax` could be made. */
export function blockHeader(bytes: Uint8Array, at: number, blockSizeMax: number): BlockHeader | null {
  const header = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) // the caller has 3
  const size = header >> 3
  const type = (['raw', 'repeated', 'compressed', null] as const)[(header >> 1) & 3]
  if (!type || size > blockSizeMax) return null
  const length = type === 'repeated' ? 1 : size
  return { isLast: (header & 1) === 1, type, length, contentMax: type === 'compressed' ? blockSizeMax : size }
}

export interface FrameSpan {
  readonly header: FrameHeader
  /** Bytes of the whole frame, checksum included. */
  readonly length: number
  /** Bytes of content, at most. */
  readonly contentMax: number
}

/** Goes from block to block. 'short': the bytes end inside the frame, which is sound as far as they go. Null: no frame. */
export function frameSpan(bytes: Uint8Array): FrameSpan | 'short' | null {
  const header = frameHeader(bytes)
  if (header === null || header === 'short') return header
  let at = header.length
  let contentMax = 0
  for (let isLast = false; !isLast; ) {
    if (at + ZSTD_BLOCK_HEADER_SIZE > bytes.length) return 'short'
    const block = blockHeader(bytes, at, header.blockSizeMax)
    if (block === null) return null
    at += ZSTD_BLOCK_HEADER_SIZE + block.length
    contentMax += block.contentMax
    isLast = block.isLast
  }
  const length = at + (header.hasChecksum ? 4 : 0)
  if (length > bytes.length) return 'short'
  if (header.contentSize !== null && header.contentSize > contentMax) return null
  return { header, length, contentMax: header.contentSize ?? contentMax }
}

/** Bytes of the skippable frame at the start of `bytes` (section 3.1.2), and the number in its magic, 0 to 15; null for none. */
export function skippableFrame(bytes: Uint8Array): { readonly length: number; readonly kind: number } | null {
  if (bytes.length < 8) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const kind = view.getUint32(0, true) - SKIPPABLE_MAGIC
  return kind >= 0 && kind < 16 ? { length: 8 + view.getUint32(4, true), kind } : null
}
