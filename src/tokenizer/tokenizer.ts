/**
 * Byte-pair encoding of text: ids, counts and offsets, and back. Special tokens in a text are plain text unless the caller
 * allows them; other added tokens are always found. A lone surrogate counts as U+FFFD.
 */
import { ConfigError, RecordError } from '../errors/errors.js'
import { BpeEncoder, type BpeVocabulary, NONE } from '../kernels/bpe-encode/index.js'
import { type AddedFinder, AddedTokens } from './added-tokens.js'
import { Composer } from './composer.js'
import { kernelVocabulary } from './kernel-vocabulary.js'
import type { TokenizerModel } from './model.js'
import { TextEncoding } from './text-encoding.js'
import type { EncodeOptions, Offsets, TextTokenizer } from './text-tokenizer.js'
import { tokenBytes, vocabularyError } from './vocabulary.js'

/** Takes a text piece by piece; the ids are those of the whole. Call `end` once; then it can take the next text. */
export interface TokenStream {
  /** Ids that are certain by now. */
  push(text: string): Uint32Array
  end(): Uint32Array
}

export class Tokenizer implements TextTokenizer {
  /** One more than the highest id. */
  readonly idEnd: number
  /** Tokens of the vocabulary and added ones. */
  readonly size: number
  /** Ids that the file puts before and after a text. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Begin and end of a text: as the file puts them around it, else by the usual names; null when there are none. */
  readonly beginId: number | null
  readonly endId: number | null
  readonly #encoding: TextEncoding
  /** Added tokens that are looked for before normalization, and after it. */
  readonly #rawAdded: AddedTokens
  readonly #normalAdded: AddedTokens
  /** False while a stream is open. */
  #isIdle = true
  readonly #specialIds: ReadonlySet<number>
  /** Bytes of each id: [starts[id], ends[id]) of `#bytes`; both 0 for an id without a token. */
  readonly #bytes: Uint8Array
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  /** False when some byte, or character, has no token. */
  readonly #knowsAll: boolean

  /** @param name of the file, for messages */
  constructor(
    readonly model: TokenizerModel,
    readonly name: string,
  ) {
    const vocabulary = kernelVocabulary(model.vocabulary)
    this.#knowsAll = !vocabulary.hasUnknown
    this.#encoding = new TextEncoding(model, makeEncoder(model, vocabulary, name), name)
    this.#rawAdded = new AddedTokens(model.added.filter(({ normalized }) => !normalized))
    this.#normalAdded = new AddedTokens(model.added.filter(({ normalized }) => normalized))
    this.#specialIds = new Set(model.added.flatMap(({ special, id }) => (special ? [id] : [])))
    const { bytes, starts, ends, size } = bytesById(model)
    this.#bytes = bytes
    this.#starts = starts
    this.#ends = ends
    this.idEnd = starts.length
    this.size = size
    this.before = model.before
    this.after = model.after
    this.beginId = model.before[0] ?? this.#idOfNames(BEGIN_NAMES)
    this.endId = model.after[0] ?? this.#idOfNames(END_NAMES)
  }

  /** Ids of a text; nothing is put around them. */
  encode(text: string, options: EncodeOptions = {}): Uint32Array {
    const list = new IdList()
    this.#eachPart(text, options, (ids) => list.add(ids))
    return list.take()
  }

  /** How many ids `encode` gives. */
  count(text: string, options: EncodeOptions = {}): number {
    let count = 0
    this.#eachPart(text, options, (ids) => {
      count += ids.length
    })
    return count
  }

  encodeWithOffsets(text: string, options: EncodeOptions = {}): Offsets {
    this.#encoding.checkOffsets(text)
    const ids = new IdList()
    const bytes: number[] = []
    let at = 0
    this.#eachPart(text, options, (part, extraBytes, spanBytes) => {
      ids.add(part)
      at -= extraBytes // a space that the text does not have
      for (const id of part) {
        const length = spanBytes ?? this.#ends[id] - this.#starts[id]
        bytes.push(Math.max(at, 0), at + length)
        at += length
      }
    })
    return { ids: ids.take(), bytes: Uint32Array.from(bytes), units: unitsOf(text, bytes) }
  }

  /** For text of any length in bounded memory. One stream at a time: it keeps what it waits for in the tokenizer. */
  stream(options: EncodeOptions = {}): TokenStream {
    if (!this.#isIdle) throw new Error('a stream is open: end it first')
    const text = this.#text(options)
    const run = (part: string, isLast: boolean): Uint32Array => {
      const list = new IdList()
      this.#run(text, part, isLast, (ids) => list.add(ids))
      this.#isIdle = isLast
      return list.take()
    }
    return { push: (part) => run(part, false), end: () => run('', true) }
  }

  /** The text of ids. Bytes that are no UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>): string {
    const bytes = this.decodeBytes(ids)
    return this.#encoding.restore(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  }

  /** The tokens' bytes, end to end. */
  decodeBytes(ids: Iterable<number>): Uint8Array {
    const parts: Uint8Array[] = []
    for (const id of ids) parts.push(this.bytesOf(id))
    return Buffer.concat(parts)
  }

  /** The bytes of one token. Throws RecordError for an id that is none. */
  bytesOf(id: number): Uint8Array {
    if (!this.has(id)) {
      throw new RecordError('token-id', `${this.name}: expected an id of one of ${this.size} tokens, got ${id}`)
    }
    return this.#bytes.subarray(this.#starts[id], this.#ends[id])
  }

  /** Whether some token has this id. */
  has(id: number): boolean {
    return this.#ends[id] > 0
  }

  /** Whether the id is that of a special token. */
  isSpecial(id: number): boolean {
    return this.#specialIds.has(id)
  }

  continuesWord(): null {
    return null
  }

  /** Id of an added or special token; null when there is none of this name. */
  addedId(content: string): number | null {
    return this.#rawAdded.idOf(content) ?? this.#normalAdded.idOf(content)
  }

  #idOfNames(names: readonly string[]): number | null {
    for (const name of names) {
      const id = this.addedId(name)
      if (id !== null) return id
    }
    return null
  }

  #eachPart(text: string, options: EncodeOptions, take: TakePart): void {
    if (!this.#isIdle) throw new Error('a stream is open: end it first')
    this.#run(this.#text(options), text, true, take)
  }

  #text({ special = 'none' }: EncodeOptions): TextInWork {
    if (typeof special !== 'string') {
      for (const name of special) {
        if (this.addedId(name) === null) {
          throw new ConfigError(`${this.name}: special: ${JSON.stringify(name)} is no token of this tokenizer`)
        }
      }
    }
    return {
      raw: this.#rawAdded.finder(special),
      composer: this.model.normalization.kind === 'nfc' ? new Composer() : null,
      normal: this.#normalAdded.finder(special),
    }
  }

  /** A part of a text: added tokens as it stands, normalization, added tokens, the rest by pieces. */
  #run(text: TextInWork, part: string, isLast: boolean, take: TakePart): void {
    for (const found of text.raw.push(part, isLast)) {
      if (typeof found === 'string') this.#runNormal(text, found, false, take)
      else {
        this.#runNormal(text, '', true, take)
        this.#takeAdded(found, take)
      }
    }
    if (!isLast) return
    this.#runNormal(text, '', true, take)
    this.#encoding.begin(true)
  }

  #runNormal({ composer, normal }: TextInWork, part: string, isLast: boolean, take: TakePart): void {
    const composed = composer === null ? part : composer.push(part, isLast)
    for (const found of normal.push(composed, isLast)) {
      if (typeof found === 'string') this.#encode(found, false, take)
      else {
        this.#encode('', true, take)
        this.#takeAdded(found, take)
      }
    }
    if (isLast) this.#encode('', true, take)
  }

  #encode(text: string, isLast: boolean, take: TakePart): void {
    this.#encoding.push(text, isLast, (ids, extraBytes) => take(this.#checked(ids), extraBytes, null))
  }

  #takeAdded({ id, text }: { readonly id: number; readonly text: string }, take: TakePart): void {
    this.#encoding.begin(false)
    take(Uint32Array.of(id), 0, Buffer.byteLength(text))
  }

  #checked(ids: Uint32Array): Uint32Array {
    if (!this.#knowsAll && ids.includes(NONE)) {
      throw new RecordError('token-byte', `${this.name}: the text has a byte or character that is no token`)
    }
    return ids
  }
}

/** `extraBytes` of the ids are not in the text; `spanBytes` is the length of an added token in it. */
type TakePart = (ids: Uint32Array, extraBytes: number, spanBytes: number | null) => void

/** What a text has on its way. */
interface TextInWork {
  readonly raw: AddedFinder
  readonly composer: Composer | null
  readonly normal: AddedFinder
}

/** Names of the token that begins (ends) a text in published tokenizers. */
const BEGIN_NAMES = [
  '<|begin_of_text|>',
  '<s>',
  '<bos>',
  '<|startoftext|>',
  '<｜begin▁of▁sentence｜>',
  '[BOS]',
  '<|endoftext|>',
]
const END_NAMES = ['<|endoftext|>', '<|end_of_text|>', '</s>', '<eos>', '<｜end▁of▁sentence｜>', '[EOS]']

/** Ids from several calls, whose results are only valid until the next. */
class IdList {
  #ids = new Uint32Array(0)
  #length = 0

  add(ids: Uint32Array): void {
    if (this.#length === 0) {
      this.#ids = ids.slice()
      this.#length = ids.length
      return
    }
    if (this.#length + ids.length > this.#ids.length) {
      const larger = new Uint32Array(Math.max(2 * this.#ids.length, this.#length + ids.length))
      larger.set(this.#ids.subarray(0, this.#length))
      this.#ids = larger
    }
    this.#ids.set(ids, this.#length)
    this.#length += ids.length
  }

  take(): Uint32Array {
    return this.#length === this.#ids.length ? this.#ids : this.#ids.slice(0, this.#length)
  }
}

function bytesById(model: TokenizerModel): { bytes: Uint8Array; starts: Uint32Array; ends: Uint32Array; size: number } {
  const { vocabulary, added } = model
  const { ids } = vocabulary
  const idEnd = added.reduce((end, { id }) => Math.max(end, id + 1), (ids[ids.length - 1] ?? -1) + 1)
  const starts = new Uint32Array(idEnd)
  const ends = new Uint32Array(idEnd)
  const contents = added.map(({ content }) => Buffer.from(content))
  // The first byte belongs to no token, so that an end of 0 means none.
  const bytes = new Uint8Array(1 + vocabulary.bytes.length + contents.reduce((sum, { length }) => sum + length, 0))
  let at = 1
  let size = 0
  const place = (id: number, content: Uint8Array): void => {
    if (ends[id] === 0) size++
    bytes.set(content, at)
    starts[id] = at
    at += content.length
    ends[id] = at
  }
  const fallback = fallbackBytes(model)
  for (let token = 0; token < ids.length; token++) {
    const byte = fallback.get(token)
    place(ids[token], byte === undefined ? tokenBytes(vocabulary, token) : Uint8Array.of(byte))
  }
  for (const [index, content] of contents.entries()) place(added[index].id, content)
  return { bytes, starts, ends, size }
}

/** The bytes that tokens written as <0x00> to <0xFF> stand for. */
function fallbackBytes({ vocabulary: { alphabet } }: TokenizerModel): Map<number, number> {
  if (alphabet.kind === 'bytes' || alphabet.fallback === null) return new Map()
  return new Map([...alphabet.fallback].map((token, byte) => [token, byte]))
}

/** UTF-16 places of byte places of the text, starts and ends in turn, none before an earlier one of its kind. */
function unitsOf(text: string, bytes: readonly number[]): Uint32Array {
  const units = new Uint32Array(bytes.length)
  for (const side of [0, 1]) {
    let unit = 0 // the character [unit, unit + 1 or 2) begins at byte `at`
    let at = 0
    for (let i = side; i < bytes.length; i += 2) {
      for (;;) {
        const code = text.codePointAt(unit) ?? -1
        const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
        const isBehind = side === 0 ? at + size <= bytes[i] : at < bytes[i]
        if (code < 0 || !isBehind) break
        at += size
        unit += code < 0x10000 ? 1 : 2
      }
      units[i] = unit
    }
  }
  return units
}

function makeEncoder(model: TokenizerModel, vocabulary: BpeVocabulary, name: string): BpeEncoder {
  try {
    return new BpeEncoder(vocabulary)
  } catch (error) {
    throw vocabularyError(error, model.vocabulary, name)
  }
}
