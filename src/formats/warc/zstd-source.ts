/** A zstd frame as a stream (`member-source.ts`), through the decoder that goes block by block. Its checksum is not verified. */
import { messageOf, RecordError } from '../../errors/errors.js'
import { ZstdDecoder } from '../../io/zstd-decoder.js'
import { frameHeader, ZSTD_BLOCK_HEADER_SIZE, ZSTD_BLOCK_SIZE_MAX, ZSTD_HEADER_SIZE_MAX } from '../../io/zstd-frame.js'
import { MemberSource } from './member-source.js'
import { ratioError, unpackedSizeMax } from './packing.js'
import type { FileSource } from './source.js'
import type { FrameContext } from './zstd.js'

const CHECKSUM_SIZE = 4

export class ZstdSource extends MemberSource {
  #context: FrameContext
  #decoder: ZstdDecoder | null = null
  #hasChecksum = false

  constructor(file: FileSource, offset: number, costMax: number, context: FrameContext) {
    super(file, offset, costMax)
    this.#context = context
  }

  close(): void {}

  protected async advance(): Promise<void> {
    try {
      if (this.#decoder === null) await this.#begin()
      else await this.#decode(this.#decoder)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.fail('zstd-damaged', messageOf(error))
    }
  }

  async #begin(): Promise<void> {
    const header = frameHeader(await this.file.view(this.offset, ZSTD_HEADER_SIZE_MAX))
    if (header === null) return this.fail('zstd-header', 'zstd: expected a frame header, got one with a reserved bit')
    if (header === 'short') return this.fail('zstd-truncated', 'zstd header: expected more, got the end of the file')
    const { dictionary } = this.#context
    if (dictionary instanceof RecordError) return this.fail(dictionary.code, dictionary.message)
    if (header.dictionaryId !== 0 && header.dictionaryId !== dictionary?.tables.id)
      return this.fail('zstd-dictionary', `zstd: expected dictionary ${header.dictionaryId}, which is not there`)
    this.#hasChecksum = header.hasChecksum
    this.#decoder = new ZstdDecoder(header, dictionary?.tables)
    this.inputPosition = this.offset + header.length
  }

  async #decode(decoder: ZstdDecoder): Promise<void> {
    const bytes = await this.file.view(this.inputPosition, ZSTD_BLOCK_HEADER_SIZE + ZSTD_BLOCK_SIZE_MAX)
    const block = decoder.decodeBlock(bytes, 0)
    if (block === null) return this.fail('zstd-truncated', 'zstd frame: expected its end, got the end of the file')
    this.inputPosition += block.next
    this.take(Buffer.from(block.content))
    const packedSize = this.inputPosition - this.offset
    if (this.unpackedSize > unpackedSizeMax(packedSize)) {
      const { code, message } = ratioError('zstd', packedSize)
      return this.fail(code, message)
    }
    if (!decoder.isDone) return
    const end = this.inputPosition + (this.#hasChecksum ? CHECKSUM_SIZE : 0)
    if (end > this.file.sizeBytes)
      return this.fail('zstd-truncated', 'zstd checksum: expected 4 bytes, got the end of the file')
    this.finish(end, null)
  }
}
