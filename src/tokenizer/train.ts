/**
 * Training a byte-level BPE tokenizer: which merges are wanted, and what vocabulary they make.
 *
 * Ids are given as Hugging Face's trainer gives them: special tokens, then bytes in the order of the code points that stand
 * for them (`byte-alphabet.ts`), then merges. So with the rule `lowest-ids` for ties, merges are those of `tokenizers`
 * (0.23), in order. Three things differ on purpose: counts do not overflow (theirs are of 32 bits), no merge spells a special
 * token (there it would get that token's id, and text could encode to it), and the longest token may have as many bytes as
 * said (there, it has one less).
 */
import { ConfigError } from '../errors/errors.js'
import { FIRST_MERGE, MERGES_MAX, type Merges, NO_MERGES, type Ties } from '../kernels/bpe-train/learner.js'
import { eachRecord } from '../kernels/word-count/index.js'
import { CHARACTER_OF_BYTE, writeTokenBytes } from './byte-alphabet.js'
import { MergeLearner, type MergeLimits } from './merge-learner.js'
import { type AddedToken, plainAdded, type Vocabulary } from './model.js'

export interface BpeTraining {
  /** Special tokens and the alphabet included. */
  readonly vocabularySize: number
  readonly specialTokens: readonly string[]
  /** A token for each byte, or only for those that are in the text: others can't be encoded then. */
  readonly alphabet: 'all' | 'seen'
  /** The least count of a pair that becomes a token; 0 is 1. */
  readonly minimumFrequency: number
  /** Bytes of the longest token that merges make. */
  readonly longestToken: number
  /** Of pairs that count the same: the lowest ids, left before right, or the greatest byte strings. */
  readonly ties: Ties
  /** How bytes are numbered: by the characters that stand for them, as GPT-2 and Hugging Face do, or by value, as rustbpe. */
  readonly byteOrder: 'printable' | 'value'
}

/** Distinct words with their counts, as records of the word table: length (LEB128), bytes, count (LEB128). */
export interface CountedWords {
  readonly records: Iterable<Uint8Array>
  /** Bytes of all records. */
  readonly recordBytes: number
}

export interface TrainedBpe {
  readonly vocabulary: Vocabulary
  readonly added: readonly AddedToken[]
  /** What each merge counted when it was learned. */
  readonly counts: Float64Array
  /** More than there are when no pair that may become a token was left. */
  readonly mergesWanted: number
}

/**
 * @param memoryMax bytes for the kernel, which holds up to 4 GiB; larger words are learned from in plain TypeScript
 * @param onMerges how many merges there are, and how many are wanted
 * @throws ConfigError
 */
export function trainBpe(
  words: CountedWords,
  training: BpeTraining,
  memoryMax: number,
  onMerges: (merges: number, wanted: number) => void,
): TrainedBpe {
  if (words.recordBytes === 0) throw new ConfigError('there are no words to train on')
  const limits = mergeLimits(training)
  const learner = new MergeLearner(limits, memoryMax)
  learner.begin(NO_MERGES, words.recordBytes, Math.max(1, training.minimumFrequency))
  const seen = new Uint8Array(256)
  for (const records of words.records) {
    learner.add(records, 'bytes')
    if (training.alphabet === 'seen') see(records, seen)
  }
  const alphabet = training.alphabet === 'seen' ? seen : seen.fill(1)
  const wanted = mergesWanted(training, alphabet)
  const merges = learner.learn((count) => onMerges(count, wanted), wanted)
  return { ...trainedVocabulary(merges, training, alphabet), mergesWanted: wanted }
}

function see(records: Uint8Array, seen: Uint8Array): void {
  eachRecord(records, (start, end) => {
    for (let at = start; at < end; at++) seen[records[at]] = 1
  })
}

/** Checks the options; `mergesMax` is for the smallest alphabet that there can be. */
export function mergeLimits(training: BpeTraining): MergeLimits {
  const { specialTokens, longestToken, ties, byteOrder, alphabet } = training
  checkSpecialTokens(specialTokens)
  if (longestToken < 1) throw new ConfigError(`longestToken: expected at least 1 byte, got ${longestToken}`)
  const mergesMax = alphabet === 'all' ? mergesWanted(training, new Uint8Array(256).fill(1)) : mergesOver(training, 0)
  const symbolOfByte = new Uint32Array(256)
  for (const [rank, byte] of bytesInOrder(byteOrder).entries()) symbolOfByte[byte] = rank + 1
  return { mergesMax, longestToken, ties, symbolOfByte, forbidden: specialTokens.flatMap(spellings) }
}

/** How many merges fill the vocabulary up, with the bytes whose mark in `alphabet` is not 0. */
export function mergesWanted(training: BpeTraining, alphabet: Uint8Array): number {
  return mergesOver(
    training,
    alphabet.reduce((sum, mark) => sum + Number(mark !== 0), 0),
  )
}

function mergesOver({ vocabularySize, specialTokens }: BpeTraining, bytes: number): number {
  const merges = vocabularySize - bytes - specialTokens.length
  if (merges < 0) {
    const others = specialTokens.length === 0 ? '' : ` and ${specialTokens.length} special tokens`
    throw new ConfigError(`vocabularySize: expected at least ${bytes} bytes${others}, got ${vocabularySize}`)
  }
  if (merges > MERGES_MAX)
    throw new ConfigError(`vocabularySize: expected at most ${MERGES_MAX}, got ${vocabularySize}`)
  return merges
}

function checkSpecialTokens(tokens: readonly string[]): void {
  for (const [i, token] of tokens.entries()) {
    const quoted = JSON.stringify(token)
    if (token === '') throw new ConfigError(`specialTokens: the one at ${i} is empty`)
    if (Buffer.from(token).toString() !== token)
      throw new ConfigError(`specialTokens: ${quoted} is not well-formed Unicode`)
    if (tokens.indexOf(token) < i) throw new ConfigError(`specialTokens: ${quoted} is given twice`)
    if (CHARACTER_OF_BYTE.includes(token)) throw new ConfigError(`specialTokens: ${quoted} stands for a byte`)
  }
}

/** Byte strings that would be the special token: its UTF-8, and what vocabulary files write as its text. */
function spellings(token: string): Uint8Array[] {
  const text = bytesOfText(token)
  const utf8 = Buffer.from(token)
  return text === null || utf8.equals(text) ? [utf8] : [utf8, text]
}

function bytesOfText(token: string): Uint8Array | null {
  const bytes = new Uint8Array(token.length)
  return writeTokenBytes(token, bytes, 0) < 0 ? null : bytes
}

function bytesInOrder(order: BpeTraining['byteOrder']): number[] {
  const bytes = Array.from(CHARACTER_OF_BYTE.keys())
  const code = (byte: number): number => CHARACTER_OF_BYTE[byte].charCodeAt(0)
  return order === 'value' ? bytes : bytes.sort((a, b) => code(a) - code(b))
}

/** @param alphabet by byte, not 0 for those that have a token */
export function trainedVocabulary(
  merges: Merges,
  training: BpeTraining,
  alphabet: Uint8Array,
): Omit<TrainedBpe, 'mergesWanted'> {
  const added = training.specialTokens.map((token, id) => plainAdded(token, id, true))
  const tokens: Uint8Array[] = []
  const ids: number[] = []
  // Those that the files' vocabularies can write are in them.
  for (const { content, id } of added) {
    const bytes = bytesOfText(content)
    if (bytes === null) continue
    tokens.push(bytes)
    ids.push(id)
  }
  let id = added.length
  const numberOfSymbol = new Uint32Array(FIRST_MERGE + merges.lefts.length)
  const name = (symbol: number, bytes: Uint8Array): void => {
    numberOfSymbol[symbol] = tokens.length
    tokens.push(bytes)
    ids.push(id++)
  }
  for (const [rank, byte] of bytesInOrder(training.byteOrder).entries()) {
    if (alphabet[byte] !== 0) name(rank + 1, Uint8Array.of(byte))
  }
  const triples = new Uint32Array(merges.lefts.length * 3)
  for (const [i, symbol] of merges.lefts.entries()) {
    const [left, right] = [numberOfSymbol[symbol], numberOfSymbol[merges.rights[i]]]
    triples.set([left, right, tokens.length], i * 3)
    name(FIRST_MERGE + i, Buffer.concat([tokens[left], tokens[right]]))
  }
  const offsets = new Uint32Array(tokens.length + 1)
  for (const [token, { length }] of tokens.entries()) offsets[token + 1] = offsets[token] + length
  const vocabulary: Vocabulary = {
    bytes: Buffer.concat(tokens),
    offsets,
    ids: Uint32Array.from(ids),
    merges: triples,
    wholePieces: false,
    alphabet: { kind: 'bytes' },
  }
  return { vocabulary, added, counts: merges.counts }
}
