/**
 * WordPiece (Schuster and Nakajima 2012; as BERT has it: Devlin et al. 2019) like Hugging Face tokenizers 0.23: words are cut into
 * the longest tokens from the left, all but a word's first written with a prefix; a word with a part that is no token, or with
 * too many characters, is the unknown token. Special tokens in a text are plain text unless the caller allows them.
 */
import { ConfigError, RecordError } from '../errors/errors.js'
import { AddedTokens } from './added-tokens.js'
import { type BertRules, type BertWord, BertWords } from './bert-words.js'
import type { AddedToken } from './model.js'
import type { EncodeOptions, Offsets, TextTokenizer } from './text-tokenizer.js'

export interface WordPieceModel {
  /** Tokens as the file writes them, and their ids. */
  readonly tokens: ReadonlyMap<string, number>
  /** What tokens that go on with a word begin with: `##`. */
  readonly prefix: string
  readonly unknownId: number
  /** Words of more characters are unknown. */
  readonly charactersMax: number
  readonly rules: BertRules
  readonly added: readonly AddedToken[]
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** How decoded words are put together: with a space between, and with `cleansUp` none before punctuation. Null: tokens as they are. */
  readonly decoder: { readonly prefix: string; readonly cleansUp: boolean } | null
}

/** Tokens of a word: ids, and where each ends in the word's units. */
interface Pieces {
  readonly ids: readonly number[]
  readonly ends: readonly number[]
}

type TakeToken = (id: number, start: number, end: number) => void

/** Words whose pieces are kept. */
const KNOWN_MAX = 2 ** 16

export class WordPieceTokenizer implements TextTokenizer {
  readonly idEnd: number
  readonly size: number
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly beginId: number | null
  readonly endId: number | null
  readonly #words: BertWords
  readonly #added: AddedTokens
  readonly #specialIds: ReadonlySet<number>
  /** By id, as the file writes it. */
  readonly #texts = new Map<number, string>()
  /** Tokens that go on with a word, without their prefix. */
  readonly #continuing = new Map<string, number>()
  readonly #continuingIds: ReadonlySet<number>
  readonly #unitsMax: number
  readonly #known = new Map<string, Pieces | null>()

  /** @param name of the file, for messages */
  constructor(
    readonly model: WordPieceModel,
    readonly name: string,
  ) {
    const { tokens, prefix, rules, charactersMax, added, before, after } = model
    this.#words = new BertWords(rules, charactersMax)
    this.#added = new AddedTokens(added)
    this.#specialIds = new Set(added.flatMap(({ special, id }) => (special ? [id] : [])))
    let unitsMax = 1
    for (const [text, id] of tokens) {
      this.#texts.set(id, text)
      unitsMax = Math.max(unitsMax, text.length)
      if (text.startsWith(prefix)) this.#continuing.set(text.slice(prefix.length), id)
    }
    for (const { id, content } of added) this.#texts.set(id, content)
    this.#continuingIds = new Set(this.#continuing.values())
    this.#unitsMax = unitsMax
    this.size = this.#texts.size
    this.idEnd = [...this.#texts.keys()].reduce((end, id) => Math.max(end, id + 1), 0)
    this.before = before
    this.after = after
    this.beginId = before[0] ?? this.addedId('[CLS]')
    this.endId = after[0] ?? this.addedId('[SEP]')
  }

  encode(text: string, options: EncodeOptions = {}): Uint32Array {
    const ids: number[] = []
    this.#each(text, options, (id) => ids.push(id))
    return Uint32Array.from(ids)
  }

  count(text: string, options: EncodeOptions = {}): number {
    let count = 0
    this.#each(text, options, () => count++)
    return count
  }

  encodeWithOffsets(text: string, options: EncodeOptions = {}): Offsets {
    const ids: number[] = []
    const units: number[] = []
    this.#each(text, options, (id, start, end) => {
      ids.push(id)
      units.push(start, end)
    })
    return { ids: Uint32Array.from(ids), bytes: bytesOfUnits(text, units), units: Uint32Array.from(units) }
  }

  decode(ids: Iterable<number>): string {
    const { decoder } = this.model
    const texts = Array.from(ids, (id) => this.#textOf(id))
    if (decoder === null) return texts.join(' ')
    const parts = texts.map((text, i) => {
      if (i === 0) return text
      return text.startsWith(decoder.prefix) ? text.slice(decoder.prefix.length) : ` ${text}`
    })
    return (decoder.cleansUp ? parts.map(cleanedUp) : parts).join('')
  }

  bytesOf(id: number): Uint8Array {
    const text = this.#textOf(id)
    return new TextEncoder().encode(this.#continuingIds.has(id) ? text.slice(this.model.prefix.length) : text)
  }

  has(id: number): boolean {
    return this.#texts.has(id)
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id)
  }

  continuesWord(id: number): boolean {
    return this.#continuingIds.has(id)
  }

  addedId(content: string): number | null {
    return this.#added.idOf(content)
  }

  #textOf(id: number): string {
    const text = this.#texts.get(id)
    if (text !== undefined) return text
    throw new RecordError('token-id', `${this.name}: expected an id of one of ${this.size} tokens, got ${id}`)
  }

  #each(text: string, { special = 'none' }: EncodeOptions, take: TakeToken): void {
    if (typeof special !== 'string') {
      for (const name of special) {
        if (this.addedId(name) === null) {
          throw new ConfigError(`${this.name}: special: ${JSON.stringify(name)} is no token of this tokenizer`)
        }
      }
    }
    let at = 0
    for (const part of this.#added.finder(special).push(text, true)) {
      const from = at
      at += (typeof part === 'string' ? part : part.text).length
      if (typeof part !== 'string') take(part.id, from, at)
      else
        this.#words.each(part, (word) => this.#eachToken(word, (id, start, end) => take(id, from + start, from + end)))
    }
  }

  #eachToken(word: BertWord, take: TakeToken): void {
    const { starts, ends } = word
    const pieces = word.characters > this.model.charactersMax ? null : this.#piecesOf(word)
    if (pieces === null) {
      take(this.model.unknownId, word.start, word.end)
      return
    }
    let from = 0
    for (let i = 0; i < pieces.ids.length; i++) {
      take(pieces.ids[i], starts[from], ends[pieces.ends[i] - 1])
      from = pieces.ends[i]
    }
  }

  #piecesOf({ units, length }: BertWord): Pieces | null {
    const text = String.fromCharCode(...units.subarray(0, length))
    let pieces = this.#known.get(text)
    if (pieces === undefined) {
      pieces = this.#cut(text)
      if (this.#known.size >= KNOWN_MAX) this.#known.clear()
      this.#known.set(text, pieces)
    }
    return pieces
  }

  #cut(word: string): Pieces | null {
    const ids: number[] = []
    const ends: number[] = []
    for (let start = 0; start < word.length; ) {
      const tokens = start === 0 ? this.model.tokens : this.#continuing
      let end = Math.min(word.length, start + this.#unitsMax)
      let id = tokens.get(word.slice(start, end))
      while (id === undefined && end > start + 1) id = tokens.get(word.slice(start, --end))
      if (id === undefined) return null
      ids.push(id)
      ends.push(end)
      start = end
    }
    return { ids, ends }
  }
}

/** No space before punctuation and contractions, as the decoder's `cleanup` takes them away, in its order. */
const CLEANUPS = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
] as const

function cleanedUp(part: string): string {
  return CLEANUPS.reduce((text, [from, to]) => text.replaceAll(from, to), part)
}

/** Places in the text's UTF-8 of places in its UTF-16. */
function bytesOfUnits(text: string, units: readonly number[]): Uint32Array {
  const before = new Uint32Array(text.length + 1)
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) ?? 0
    before[i + 1] = before[i] + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4)
    if (code >= 0x10000) {
      before[i + 2] = before[i + 1]
      i++
    }
  }
  return Uint32Array.from(units, (unit) => before[unit])
}
