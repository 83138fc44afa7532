/**
 * From plain text (composed, no added tokens in it) to ids: sees to its spaces, and hands it to the kernel in chunks, so that memory does
 * not grow with the text. What may still change when the text goes on stays in the kernel's memory until it can't.
 */
import { ConfigError } from '../errors/errors.js'
import type { BpeEncoder } from '../kernels/bpe-encode/index.js'
import type { ScannerCodes } from '../kernels/pretokens/index.js'
import type { Normalization, TokenizerModel } from './model.js'
import { cutterOf, type PieceCutter } from './pieces.js'

/** UTF-16 units handed over at a time, and bytes that must have come together before they are looked at. */
const CHUNK_UNITS = 2 ** 17
const CHUNK_BYTES = 2 ** 17

/** The ids are valid until the next push. `extraBytes` of what they stand for, at the beginning, are not in the text. */
export type TakeIds = (ids: Uint32Array, extraBytes: number) => void

export class TextEncoding {
  readonly #normalization: Normalization
  readonly #prefixSpace: boolean
  readonly #pieces: ScannerCodes | PieceCutter
  /** The first half of a pair, of which the second may follow. */
  #waiting = ''
  /** False until there is something of the text. */
  #isBegun = false
  /** True until something of the text, an added token for example, has been seen. */
  #isAtStart = true
  /** 1 while a space that the text does not have waits with it. */
  #extraBytes = 0
  /** Bytes in the kernel, and how many there must be before it is worth looking again. */
  #heldBytes = 0
  #enoughBytes = CHUNK_BYTES

  constructor(
    model: TokenizerModel,
    private readonly kernel: BpeEncoder,
    private readonly name: string,
  ) {
    this.#normalization = model.normalization
    this.#prefixSpace = model.prefixSpace
    this.#pieces = piecesOf(model, name)
  }

  /** True between texts. */
  get isIdle(): boolean {
    return !this.#isBegun && this.#waiting === ''
  }

  /** A text begins, or goes on behind an added token. */
  begin(isAtStart: boolean): void {
    this.#isAtStart = isAtStart
  }

  /** A part of a text, the last one with `isLast`; then the next text begins. */
  push(text: string, isLast: boolean, take: TakeIds): void {
    let ready = this.#waiting === '' ? text : this.#waiting + text
    this.#waiting = ''
    if (!isLast) {
      const end = wholePairs(ready)
      this.#waiting = ready.slice(end)
      ready = ready.slice(0, end)
    }
    const normal = this.#spaced(ready)
    for (let start = 0; start < normal.length || isLast; ) {
      let end = Math.min(start + CHUNK_UNITS, normal.length)
      if (end < normal.length && isLead(normal.charCodeAt(end - 1))) end--
      const isEnd = isLast && end === normal.length
      this.#encode(start === 0 && end === normal.length ? normal : normal.slice(start, end), isEnd, take)
      if (isEnd) break
      start = end
    }
    if (isLast) this.#isBegun = false
  }

  #spaced(text: string): string {
    if (text === '') return text
    const isFirst = !this.#isBegun
    this.#isBegun = true
    const normalization = this.#normalization
    if (normalization.kind !== 'spaces') {
      if (!this.#prefixSpace || !isFirst || text.startsWith(' ')) return text
      this.#extraBytes = 1
      return ` ${text}`
    }
    const { space, prepend } = normalization
    const spaced = text.replaceAll(' ', space)
    const isBare = !isFirst || prepend === 'never' || (prepend === 'first' && !this.#isAtStart)
    this.#isAtStart = false
    return isBare || (prepend !== 'always' && spaced.startsWith(space)) ? spaced : space + spaced
  }

  #encode(text: string, isLast: boolean, take: TakeIds): void {
    const length = this.kernel.write(text, this.#heldBytes)
    if (!isLast && length < this.#enoughBytes) {
      this.#heldBytes = length
      return
    }
    const pieces = this.#pieces
    let settledBytes = length
    if (typeof pieces === 'function') {
      const ends = pieces(this.kernel.bytes(length), isLast)
      settledBytes = ends.length === 0 ? 0 : ends[ends.length - 1]
      take(this.kernel.encodePieces(ends), this.#extraBytes)
    } else if (isLast) take(this.kernel.encode(pieces, length), this.#extraBytes)
    else {
      const settled = this.kernel.encodeSettled(pieces, length)
      settledBytes = settled.settledBytes
      take(settled.ids, this.#extraBytes)
    }
    this.#extraBytes = 0
    this.kernel.drop(settledBytes, length)
    this.#heldBytes = isLast ? 0 : length - settledBytes
    // A piece that fills what is held is looked at again when it has doubled: its whole cost stays linear.
    this.#enoughBytes = Math.max(CHUNK_BYTES, 2 * this.#heldBytes)
  }

  /** Throws where offsets would not be those of the text. */
  checkOffsets(text: string): void {
    const { kind } = this.#normalization
    if (kind === 'spaces' || (kind === 'nfc' && text.normalize('NFC') !== text)) {
      throw new ConfigError(`${this.name}: its normalizer changes the text, so offsets are not supported`)
    }
  }

  /** Undoes on decoded text what normalization does to spaces. */
  restore(text: string): string {
    const normalization = this.#normalization
    if (normalization.kind !== 'spaces') return text
    const spaced = text.replaceAll(normalization.space, ' ')
    return normalization.prepend !== 'never' && spaced.startsWith(' ') ? spaced.slice(1) : spaced
  }
}

function piecesOf({ split }: TokenizerModel, name: string): ScannerCodes | PieceCutter {
  try {
    return cutterOf(split)
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`${name}: ${error.message}`) : error
  }
}

function isLead(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** Length of a text without a first half of a pair at its end. */
function wholePairs(text: string): number {
  return isLead(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length
}
