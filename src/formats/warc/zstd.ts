/**
 * Zstd frames of archives ("Use of Zstandard in WARC files", IIPC draft 1.0, as ArchiveTeam's writers have it): a frame a record,
 * and for files with a dictionary, a skippable frame of kind 13 with it in front, as it is or as a zstd frame of its own.
 */
import { messageOf, RecordError } from '../../errors/errors.js'
import { loadZstd, type Zstd } from '../../io/zstd.js'
import { ZstdDecoder, type ZstdDictionary } from '../../io/zstd-decoder.js'
import { readDictionary } from '../../io/zstd-dictionary.js'
import { frameHeader, frameSpan, skippableFrame, ZSTD_MAGIC } from '../../io/zstd-frame.js'
import { type Unpacked, unpackedSizeMax } from './packing.js'
import { asBuffer, type FileSource } from './source.js'

const DICTIONARY_KIND = 13
/** Dictionaries are some 100 KiB; trainers make none beyond this. */
const DICTIONARY_SIZE_MAX = 16 * 1024 * 1024

export interface Dictionary {
  readonly bytes: Buffer
  readonly tables: ZstdDictionary
}

/** What decoding a file's frames takes. */
export interface FrameContext {
  readonly zstd: Zstd
  /** Null where the file has none. An error where it has one that is unusable: frames that need it are damaged by it. */
  readonly dictionary: Dictionary | RecordError | null
}

/** Reads the dictionary in front of the file, if one is there. */
export async function frameContext(source: FileSource): Promise<FrameContext> {
  const zstd = await loadZstd()
  const frame = skippableFrame(await source.peek(0, 8))
  if (frame?.kind !== DICTIONARY_KIND) return { zstd, dictionary: null }
  const size = frame.length - 8
  if (size > DICTIONARY_SIZE_MAX) {
    const message = `dictionary: expected at most ${DICTIONARY_SIZE_MAX} bytes, got ${size}`
    return { zstd, dictionary: new RecordError('zstd-dictionary', message) }
  }
  try {
    const stored = (await source.peek(8, size)).subarray(0, size)
    const isPacked = stored.subarray(0, 4).equals(ZSTD_MAGIC)
    const bytes = isPacked ? asBuffer(zstd.decompressFrame(stored, DICTIONARY_SIZE_MAX)) : Buffer.from(stored)
    return { zstd, dictionary: { bytes, tables: readDictionary(bytes) } }
  } catch (error) {
    return { zstd, dictionary: new RecordError('zstd-dictionary', `dictionary: ${messageOf(error)}`) }
  }
}

/** Reason for which a frame without records is passed over. */
export function skippableReason(kind: number): string {
  return kind === DICTIONARY_KIND ? 'zstd-dictionary' : 'zstd-skippable'
}

/** Unpacks the frame at the start of `bytes`, which may go on behind it. */
export function unpackFrame(bytes: Buffer, sizeMax: number, { zstd, dictionary }: FrameContext): Unpacked {
  const span = frameSpan(bytes)
  if (span === null) return { state: 'damaged' }
  if (span === 'short') return { state: 'short' }
  const { length, contentMax, header } = span
  if (contentMax > Math.min(sizeMax, unpackedSizeMax(length))) return { state: 'tooLarge' }
  if (dictionary instanceof RecordError) return { state: 'damaged' }
  const frame = bytes.subarray(0, length)
  try {
    // A frame that names no dictionary was mostly made with the file's all the same: its id may be left out.
    const content = zstd.decompressFrame(frame, sizeMax, dictionary?.bytes)
    return { state: 'sound', bytes: asBuffer(content), length }
  } catch {
    if (dictionary === null || header.dictionaryId !== 0) return { state: 'damaged' }
  }
  try {
    return { state: 'sound', bytes: asBuffer(zstd.decompressFrame(frame, sizeMax)), length }
  } catch {
    return { state: 'damaged' }
  }
}

/** What the frame at the start of `bytes`, which may be cut off, unpacks to, up to some size; nothing when it is damaged. */
export function unpackStart(bytes: Buffer, sizeMax: number): Buffer {
  const header = frameHeader(bytes)
  if (header === null || header === 'short') return Buffer.alloc(0)
  const pieces: Buffer[] = []
  let size = 0
  try {
    const decoder = new ZstdDecoder(header)
    for (let at = header.length; !decoder.isDone && size < sizeMax; ) {
      const block = decoder.decodeBlock(bytes, at)
      if (block === null) break
      pieces.push(Buffer.from(block.content))
      size += block.content.length
      at = block.next
    }
  } catch {
    return Buffer.alloc(0) // the caller only asks whether something known stands there
  }
  return Buffer.concat(pieces)
}
