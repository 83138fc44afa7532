/**
 * Decompresses a Zstandard file (RFC 8878: any number of frames, skippable ones passed over) piece by piece. As in `gunzip.ts`,
 * all that can be read is given, and how it ended is the return value. Memory is bounded by the window of a frame, 128 MiB at
 * most. Checksums of frames beyond FRAME_SIZE_MAX are not verified. Leaves out dictionaries.
 */
import { messageOf, RecordError } from '../errors/errors.js'
import type { InputFile } from '../stage/stage.js'
import type { StreamDamage } from './gunzip.js'
import { loadZstd, type Zstd } from './zstd.js'
import { ZstdDecoder } from './zstd-decoder.js'
import {
  type FrameHeader,
  frameHeader,
  frameSpan,
  skippableFrame,
  ZSTD_BLOCK_HEADER_SIZE,
  ZSTD_BLOCK_SIZE_MAX,
  ZSTD_HEADER_SIZE_MAX,
} from './zstd-frame.js'

/** Frames up to this, packed, are decoded whole by the WebAssembly build, which is some times faster and verifies checksums. */
const FRAME_SIZE_MAX = 2 ** 20
/** The same for what is in them. */
const FRAME_CONTENT_MAX = 16 * 2 ** 20

/** What deflate can give at most: zstd, which could give 30 times more, is held to that, so that work is in proportion to bytes. */
const RATIO_MAX = 1032
/** Less than this is never held against its packed size. */
const RATIO_FREE_SIZE = 2 ** 20

/** Pieces of the decompressed stream, in order, in memory of their own; null at the end of a whole file. */
export async function* unzstd(file: InputFile): AsyncGenerator<Uint8Array, StreamDamage | null, void> {
  const zstd = await loadZstd()
  const source = new FileWindow(file)
  let unpackedSize = 0
  try {
    for (let at = 0; at < file.sizeBytes; ) {
      const head = await source.view(at, ZSTD_HEADER_SIZE_MAX)
      const skippable = skippableFrame(head)
      const pieces = skippable === null ? frame(source, at, head, zstd) : skipped(file, at + skippable.length)
      let step = await pieces.next()
      for (; !step.done; step = await pieces.next()) {
        unpackedSize += step.value.content.length
        checkRatio(unpackedSize, step.value.packedEnd)
        yield step.value.content
      }
      at = step.value
    }
    return null
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return { code: error.code, message: error.message }
  }
}

interface Piece {
  readonly content: Uint8Array
  /** Where in the file that ends which it was made of. */
  readonly packedEnd: number
}

/** Gives where the next frame begins, as `frame` does. */
// biome-ignore lint/correctness/useYield: a frame that holds nothing
async function* skipped(file: InputFile, end: number): AsyncGenerator<Piece, number, void> {
  if (end > file.sizeBytes) throw truncated(file.sizeBytes)
  return end
}

/** Throws RecordError where it is damaged, behind what could be read of it. */
async function* frame(
  source: FileWindow,
  at: number,
  head: Uint8Array,
  zstd: Zstd,
): AsyncGenerator<Piece, number, void> {
  const header = frameHeader(head)
  if (header === 'short') throw truncated(at + head.length)
  if (header === null)
    throw new RecordError('zstd-corrupt', `expected a zstd frame, got ${hex(head)} at compressed byte ${at}`)
  if (header.dictionaryId !== 0)
    throw new RecordError(
      'zstd-dictionary',
      `expected frames without a dictionary, got number ${header.dictionaryId} at compressed byte ${at}`,
    )
  const whole = frameSpan(await source.view(at, FRAME_SIZE_MAX))
  if (whole === null || whole === 'short' || whole.contentMax > FRAME_CONTENT_MAX)
    return yield* blocks(source, at, header)
  const end = at + whole.length
  try {
    const content = zstd.decompressFrame(await source.view(at, whole.length), FRAME_CONTENT_MAX)
    yield { content, packedEnd: end }
    return end
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  yield* blocks(source, at, header) // what can be read before the damage
  throw new RecordError('zstd-corrupt', `expected a sound zstd frame, got a wrong checksum, at compressed byte ${at}`)
}

async function* blocks(source: FileWindow, start: number, header: FrameHeader): AsyncGenerator<Piece, number, void> {
  let at = start + header.length
  try {
    for (const decoder = new ZstdDecoder(header); !decoder.isDone; ) {
      const bytes = await source.view(at, ZSTD_BLOCK_HEADER_SIZE + ZSTD_BLOCK_SIZE_MAX)
      const block = decoder.decodeBlock(bytes, 0)
      if (block === null) throw truncated(at + bytes.length)
      at += block.next
      yield { content: block.content.slice(), packedEnd: at }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RecordError('zstd-corrupt', `${messageOf(error)}, at compressed byte ${at}`)
  }
  const end = at + (header.hasChecksum ? 4 : 0)
  if (end > source.sizeBytes) throw truncated(source.sizeBytes)
  return end
}

function checkRatio(unpackedSize: number, packedSize: number): void {
  if (unpackedSize <= Math.max(packedSize * RATIO_MAX, RATIO_FREE_SIZE)) return
  throw new RecordError(
    'compression-ratio',
    `expected at most ${RATIO_MAX} bytes for each compressed one, got ${unpackedSize} from ${packedSize}`,
  )
}

function truncated(end: number): RecordError {
  return new RecordError('zstd-truncated', `expected whole zstd frames, got the end of the file at ${end}`)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 4)).toString('hex')
}

/** Reads a file from front to back in large steps, and shows parts of it. */
class FileWindow {
  #start = 0
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(private readonly file: InputFile) {}

  get sizeBytes(): number {
    return this.file.sizeBytes
  }

  /** Fewer bytes only at the end of the file. */
  async view(offset: number, lengthBytes: number): Promise<Uint8Array> {
    const end = Math.min(offset + lengthBytes, this.file.sizeBytes)
    if (offset < this.#start || end > this.#start + this.#bytes.length) {
      this.#bytes = await this.file.read(offset, Math.min(2 * FRAME_SIZE_MAX, this.file.sizeBytes - offset))
      this.#start = offset
    }
    return this.#bytes.subarray(offset - this.#start, end - this.#start)
  }
}
