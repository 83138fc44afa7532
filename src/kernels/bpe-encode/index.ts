/**
 * Byte-pair encoding over the WASM kernel: loads a vocabulary, then turns text into ids. Memory of an instance, in bytes from
 * 0: the pre-tokenizer's classes, the model, then one text with the ids that it gives, each as large as the longest yet.
 */
import { ensureMemory, instantiateKernel, type KernelMemory } from '../load.js'
import { CLASS_TABLE_BYTES, classTable, type ScannerCodes } from '../pretokens/index.js'

/** No token, no id. */
export const NONE = 0xffffffff

/** A vocabulary. Tokens are numbered from 0 in any order that is not their ids'; with `merges` null in that of their ranks. */
export interface BpeVocabulary {
  /** The tokens' bytes, end to end. */
  readonly bytes: Uint8Array
  /** Where each token begins in `bytes`, and at last their length: tokens + 1 values. */
  readonly offsets: Uint32Array
  /** Id of each token; NONE for a byte that stands in for none. */
  readonly ids: Uint32Array
  /** The tokens that merging starts from: every byte, or every character that is a token. */
  readonly alphabet: Uint32Array
  /** null: the alphabet is every byte. Else what becomes of a character that is not in it. */
  readonly characters: Characters | null
  /** Left part, right part and result of each merge, as tokens, best first. null: neighbors merge when their bytes are a token. */
  readonly merges: Uint32Array | null
  /** A piece that is a token is that token, also where no merges lead to it. */
  readonly wholePieces: boolean
}

export interface Characters {
  /** Ids of its bytes, NONE for a byte that has none; null: it is unknown. */
  readonly fallbackIds: Uint32Array | null
  /** NONE when there is no such token. */
  readonly unknownId: number
  /** Unknown characters in a row give one id. */
  readonly fuseUnknown: boolean
}

/** What is wrong with a vocabulary. */
export type BpeFault =
  | { readonly fault: 'same-bytes'; readonly token: number; readonly other: number }
  /** Merge (or token, without merges) whose parts are only made by later ones, and that could happen then. */
  | { readonly fault: 'late-parts'; readonly index: number }
  | { readonly fault: 'too-many'; readonly tokens: number; readonly tokensMax: number }
  | { readonly fault: 'too-large'; readonly bytes: number }

export class BpeFaultError extends Error {
  override readonly name = 'BpeFaultError'
  constructor(readonly about: BpeFault) {
    super(about.fault)
  }
}

interface Exports {
  readonly memory: KernelMemory
  readonly settledEnd: { readonly value: number }
  layOut(
    ids: number,
    shapes: number,
    splits: number,
    pairs: number,
    pairBits: number,
    filter: number,
    answers: number,
    cache: number,
    trie: number,
  ): void
  beginTokens(nodes: number, children: number, childrenBits: number): void
  addTokens(tokens: number, offsets: number, bytes: number): number
  placeTrie(work: number, slotOfNode: number, slotsMax: number): number
  beginSymbols(tokens: number, symbolOf: number, tokenOfSymbol: number): void
  addAlphabet(token: number): void
  numberMerges(merges: number, count: number): number
  numberRanks(tokens: number, offsets: number, bytes: number): number
  setCharacters(fallbackIds: number, unknownId: number, fuseUnknown: number): void
  finish(tokens: number, tokenIds: number, offsets: number, bytes: number, wholePieces: number): number
  encode(pattern: number, digits: number, at: number, end: number, out: number, closed: number): number
  encodeSettled(pattern: number, digits: number, at: number, end: number, out: number, closed: number): number
  encodePieces(at: number, ends: number, count: number, out: number, closed: number): number
}

/** Of the pair table: a symbol takes 21 bits. */
const TOKENS_MAX = 2 ** 21 - 1
/** Of the trie: a slot's number takes 23 bits. */
const SLOTS_MAX = 2 ** 23
/** A node of the trie while it is made takes 24 bits. */
const VOCABULARY_BYTES_MAX = 2 ** 24 - 2
const FILTER_BYTES = 2 ** 16
const ANSWERS_BYTES = 2 ** 18
const CACHE_BYTES = 2 ** 19
/** Readable bytes behind a text. */
const SLACK_BYTES = 16

export class BpeEncoder {
  readonly #kernel: Exports
  readonly #encoder = new TextEncoder()
  readonly #textAt: number
  /** Bytes of text that there is room for. */
  #roomBytes = 0
  #closedAt = 0
  #outAt = 0
  /** How many symbols merges reach; the others only stand for whole pieces. */
  readonly reachedCount: number
  /** The token of each symbol, and the two that it is merged of, left and right in turn; its own where it is of the alphabet. */
  readonly tokenOfSymbol: Uint32Array
  readonly partsOfSymbol: Uint32Array

  /** Throws BpeFaultError. */
  constructor(vocabulary: BpeVocabulary) {
    this.#kernel = instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
    const loaded = load(this.#kernel, vocabulary)
    this.#textAt = loaded.end
    this.reachedCount = loaded.reachedCount
    this.tokenOfSymbol = loaded.tokenOfSymbol
    this.partsOfSymbol = loaded.partsOfSymbol
  }

  /** Makes room for so many bytes of text; what stood there is kept. */
  #makeRoom(bytes: number): void {
    if (bytes <= this.#roomBytes) return
    this.#roomBytes = Math.max(bytes, 2 * this.#roomBytes, 2 ** 16)
    this.#closedAt = align(this.#textAt + this.#roomBytes + SLACK_BYTES)
    this.#outAt = align(this.#closedAt + (this.#roomBytes >> 3) + 8)
    ensureMemory(this.#kernel.memory, this.#outAt + (this.#roomBytes + 1) * 4)
    new Uint8Array(this.#kernel.memory.buffer, this.#closedAt, (this.#roomBytes >> 3) + 8).fill(0)
  }

  /** Writes text as UTF-8 behind the first `after` bytes of what stands there. Gives the bytes there are now. */
  write(text: string, after = 0): number {
    const most = after + text.length * 3
    this.#makeRoom(most)
    const room = new Uint8Array(this.#kernel.memory.buffer, this.#textAt + after, most - after)
    return after + this.#encoder.encodeInto(text, room).written
  }

  /** The written text. Valid until the next `write`. */
  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#kernel.memory.buffer, this.#textAt, length)
  }

  /** Lets the first `count` of `length` bytes go: the others become the text's beginning. */
  drop(count: number, length: number): void {
    this.bytes(length).copyWithin(0, count)
  }

  /** Ids of the first `length` bytes. Valid until the next call. */
  encode({ pattern, digits }: ScannerCodes, length: number): Uint32Array {
    const [at, out] = [this.#textAt, this.#outAt]
    return this.#idsTo(this.#kernel.encode(pattern, digits, at, at + length, out, this.#closedAt))
  }

  /** Ids of as much as won't change when the text goes on, and how many bytes that is. */
  encodeSettled({ pattern, digits }: ScannerCodes, length: number): { ids: Uint32Array; settledBytes: number } {
    const [at, out] = [this.#textAt, this.#outAt]
    const ids = this.#idsTo(this.#kernel.encodeSettled(pattern, digits, at, at + length, out, this.#closedAt))
    return { ids, settledBytes: this.#kernel.settledEnd.value - at }
  }

  /** Ids of the pieces that end at `ends`, in bytes of the text. */
  encodePieces(ends: Uint32Array): Uint32Array {
    // The ends stand at the back of the ids' own room: a piece gives at most as many ids as it has bytes.
    const endsAt = this.#outAt + (this.#roomBytes + 1 - ends.length) * 4
    new Uint32Array(this.#kernel.memory.buffer, endsAt, ends.length).set(ends)
    return this.#idsTo(this.#kernel.encodePieces(this.#textAt, endsAt, ends.length, this.#outAt, this.#closedAt))
  }

  #idsTo(end: number): Uint32Array {
    return new Uint32Array(this.#kernel.memory.buffer, this.#outAt, (end - this.#outAt) >> 2)
  }
}

function align(at: number): number {
  return (at + 15) & ~15
}

interface Loaded {
  readonly end: number
  readonly reachedCount: number
  readonly tokenOfSymbol: Uint32Array
  readonly partsOfSymbol: Uint32Array
}

function load(kernel: Exports, vocabulary: BpeVocabulary): Loaded {
  const { bytes, offsets, ids, alphabet, characters, merges, wholePieces } = vocabulary
  const tokens = ids.length
  if (tokens > TOKENS_MAX) throw new BpeFaultError({ fault: 'too-many', tokens, tokensMax: TOKENS_MAX })
  if (bytes.length > VOCABULARY_BYTES_MAX) throw new BpeFaultError({ fault: 'too-large', bytes: bytes.length })
  let end = CLASS_TABLE_BYTES
  const place = (lengthBytes: number): number => {
    const at = align(end)
    end = at + lengthBytes
    return at
  }
  const pairBits = Math.max(8, Math.ceil(Math.log2(tokens * 2)))
  const idsAt = place(tokens * 4)
  const shapesAt = place(tokens * 8)
  const splitsAt = place(tokens * 8)
  const pairsAt = place(8 * 2 ** pairBits)
  const filterAt = place(FILTER_BYTES)
  const answersAt = place(ANSWERS_BYTES)
  const cacheAt = place(CACHE_BYTES)
  const fallbackAt = place(256 * 4)
  // The trie comes last, for its size is not known before it is there; a text will then begin behind it.
  const slotsMax = Math.min(Math.ceil(bytes.length * 1.5) + 256 * 512, SLOTS_MAX)
  const trieAt = place(slotsMax * 8)
  const bytesAt = place(bytes.length + SLACK_BYTES)
  const offsetsAt = place(offsets.length * 4)
  const tokenIdsAt = place(tokens * 4)
  const symbolOfAt = place(tokens * 4)
  const tokenOfSymbolAt = place(tokens * 4)
  const mergesAt = place((merges?.length ?? 0) * 4)
  const nodesAt = place((bytes.length + 1) * 16)
  const childrenBits = Math.ceil(Math.log2(bytes.length * 1.5 + 16))
  const childrenAt = place(8 * 2 ** childrenBits)
  const slotOfNodeAt = place((bytes.length + 1) * 4)
  const workAt = place(slotsMax * 12)
  ensureMemory(kernel.memory, end)
  const memory = kernel.memory.buffer
  new Uint8Array(memory).set(classTable())
  new Uint8Array(memory, bytesAt).set(bytes)
  new Uint32Array(memory, offsetsAt).set(offsets)
  new Uint32Array(memory, tokenIdsAt).set(ids)
  if (merges !== null) new Uint32Array(memory, mergesAt).set(merges)

  kernel.layOut(idsAt, shapesAt, splitsAt, pairsAt, pairBits, filterAt, answersAt, cacheAt, trieAt)
  kernel.beginTokens(nodesAt, childrenAt, childrenBits)
  const same = kernel.addTokens(tokens, offsetsAt, bytesAt) >>> 0
  if (same !== NONE) throw new BpeFaultError({ fault: 'same-bytes', ...twins(bytes, offsets, same) })
  const slots = kernel.placeTrie(workAt, slotOfNodeAt, slotsMax)
  if (slots === 0) throw new BpeFaultError({ fault: 'too-large', bytes: bytes.length })
  kernel.beginSymbols(tokens, symbolOfAt, tokenOfSymbolAt)
  for (const token of alphabet) kernel.addAlphabet(token)
  const late =
    merges === null ? kernel.numberRanks(tokens, offsetsAt, bytesAt) : kernel.numberMerges(mergesAt, merges.length / 3)
  if (late >>> 0 !== NONE) throw new BpeFaultError({ fault: 'late-parts', index: late >>> 0 })
  if (characters !== null) {
    if (characters.fallbackIds !== null) new Uint32Array(memory, fallbackAt).set(characters.fallbackIds)
    const fallback = characters.fallbackIds === null ? 0 : fallbackAt
    kernel.setCharacters(fallback, characters.unknownId, characters.fuseUnknown ? 1 : 0)
  }
  const reachedCount = kernel.finish(tokens, tokenIdsAt, offsetsAt, bytesAt, wholePieces ? 1 : 0)
  return {
    end: align(trieAt + slots * 8),
    reachedCount,
    tokenOfSymbol: new Uint32Array(memory.slice(tokenOfSymbolAt, tokenOfSymbolAt + tokens * 4)),
    partsOfSymbol: new Uint32Array(memory.slice(splitsAt, splitsAt + reachedCount * 8)),
  }
}

/** The token, and the one before it that has the same bytes. */
function twins(bytes: Uint8Array, offsets: Uint32Array, token: number): { token: number; other: number } {
  const textOf = (index: number): string => bytes.subarray(offsets[index], offsets[index + 1]).join()
  const text = textOf(token)
  let other = 0
  while (textOf(other) !== text) other++
  return { token, other }
}
