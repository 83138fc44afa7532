/** Checks what a file says of tokens and merges, and numbers it. Files are hostile: each fault is named with its place. */
import { isObject } from '../document/json.js'
import { ConfigError } from '../errors/errors.js'
import { BpeFaultError } from '../kernels/bpe-encode/index.js'
import { CHARACTER_OF_BYTE, tokenText, writeTokenBytes } from './byte-alphabet.js'
import type { Vocabulary } from './model.js'

/** Ids are places in tables; no vocabulary comes near. */
const ID_END = 2 ** 24

/** Tokens by their text, numbered in ascending order of ids. */
export interface NamedTokens {
  readonly texts: readonly string[]
  readonly ids: Uint32Array
  readonly numberOf: ReadonlyMap<string, number>
}

/** @param where of the file and the place in it, for messages */
export function checkId(id: unknown, where: string): number {
  if (isId(id)) return id
  throw new ConfigError(`${where}: expected an id of 0 to ${ID_END - 1}, got ${JSON.stringify(id)}`)
}

function isId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < ID_END
}

/**
 * Reads `{token: id}`.
 * @param skip tokens that are no part of the vocabulary
 */
export function readTokens(vocab: unknown, where: string, skip: (text: string) => boolean): NamedTokens {
  if (!isObject(vocab)) throw new ConfigError(`${where}: expected an object of tokens and ids`)
  const entries: { text: string; id: number }[] = []
  let ascending = true
  for (const text in vocab) {
    if (skip(text)) continue
    const given = vocab[text]
    // The place is only put into words where it is needed: there are many tokens.
    const id = isId(given) ? given : checkId(given, `${where}, token ${JSON.stringify(text)}`)
    if (text === '') throw new ConfigError(`${where}: the token with id ${id} is empty`)
    if (entries.length > 0 && id <= entries[entries.length - 1].id) ascending = false
    entries.push({ text, id })
  }
  if (!ascending) entries.sort((a, b) => a.id - b.id)
  const numberOf = new Map<string, number>()
  for (const [number, { text, id }] of entries.entries()) {
    if (number > 0 && entries[number - 1].id === id) {
      const other = entries[number - 1].text
      throw new ConfigError(`${where}: tokens ${JSON.stringify(other)} and ${JSON.stringify(text)} both have id ${id}`)
    }
    numberOf.set(text, number)
  }
  if (entries.length === 0) throw new ConfigError(`${where}: expected tokens, got none`)
  return { texts: entries.map(({ text }) => text), ids: Uint32Array.from(entries, ({ id }) => id), numberOf }
}

/** Reads merges, each `"left right"` or `["left", "right"]`, as triples of token numbers. */
export function readMerges(merges: unknown, { numberOf }: NamedTokens, where: string): Uint32Array {
  if (!Array.isArray(merges)) throw new ConfigError(`${where}: expected a list of merges`)
  const out = new Uint32Array(merges.length * 3)
  for (let i = 0; i < merges.length; i++) {
    const merge: unknown = merges[i]
    let left: unknown
    let right: unknown
    if (typeof merge === 'string') {
      const space = merge.indexOf(' ')
      left = merge.slice(0, space)
      right = merge.slice(space + 1)
      if (space <= 0 || (right as string).includes(' ') || right === '') left = undefined // right is a string here
    } else if (Array.isArray(merge) && merge.length === 2) [left, right] = merge
    if (typeof left !== 'string' || typeof right !== 'string') {
      throw new ConfigError(`${where} ${i}: expected two tokens, got ${JSON.stringify(merge)}`)
    }
    const [first, second, made] = [numberOf.get(left), numberOf.get(right), numberOf.get(left + right)]
    if (first === undefined || second === undefined || made === undefined) {
      const token = first === undefined ? left : second === undefined ? right : left + right
      const role = token === left + right ? 'makes' : 'names'
      throw new ConfigError(
        `${where} ${i}, ${JSON.stringify(merge)}: ${role} ${JSON.stringify(token)}, which is not in the vocabulary`,
      )
    }
    out[i * 3] = first
    out[i * 3 + 1] = second
    out[i * 3 + 2] = made
  }
  return out
}

/** The bytes of tokens that are written in GPT-2's byte alphabet. */
export function byteLevelBytes({ texts, ids }: NamedTokens, where: string): Pick<Vocabulary, 'bytes' | 'offsets'> {
  const offsets = new Uint32Array(texts.length + 1)
  let lengthBytes = 0
  for (const text of texts) lengthBytes += text.length
  const bytes = new Uint8Array(lengthBytes)
  let at = 0
  for (const [number, text] of texts.entries()) {
    at = writeTokenBytes(text, bytes, at)
    if (at < 0) {
      throw new ConfigError(
        `${where}: token ${JSON.stringify(text)} (id ${ids[number]}) has a character that stands for no byte`,
      )
    }
    offsets[number + 1] = at
  }
  return { bytes, offsets }
}

/** What the encoder says against a vocabulary, as the user's mistake. */
export function vocabularyError(error: unknown, vocabulary: Vocabulary, name: string): unknown {
  if (!(error instanceof BpeFaultError)) return error
  const { about } = error
  const tokenName = (token: number): string => JSON.stringify(textOfToken(vocabulary, token))
  switch (about.fault) {
    case 'too-many':
      return new ConfigError(`${name}: expected at most ${about.tokensMax} tokens, got ${about.tokens}`)
    case 'too-large':
      return new ConfigError(`${name}: tokens of ${about.bytes} bytes in all are more than is supported`)
    case 'same-bytes':
      return new ConfigError(
        `${name}: tokens with ids ${vocabulary.ids[about.other]} and ${vocabulary.ids[about.token]} are the same, ${tokenName(about.token)}`,
      )
    case 'late-parts': {
      const made = vocabulary.merges === null ? about.index : vocabulary.merges[about.index * 3 + 2]
      const what =
        vocabulary.merges === null
          ? `token ${tokenName(made)}`
          : `merge ${about.index}, which makes ${tokenName(made)},`
      return new ConfigError(
        `${name}: ${what} is made of tokens that are only merged after it; that order is not supported`,
      )
    }
  }
}

export function tokenBytes({ bytes, offsets }: Pick<Vocabulary, 'bytes' | 'offsets'>, token: number): Uint8Array {
  return bytes.subarray(offsets[token], offsets[token + 1])
}

/** A token as files write it. */
export function textOfToken(vocabulary: Vocabulary, token: number): string {
  const bytes = tokenBytes(vocabulary, token)
  return vocabulary.alphabet.kind === 'bytes' ? tokenText(bytes) : Buffer.from(bytes).toString('utf8')
}

/** Token numbers of the 256 bytes, -1 for those that are no token. */
export function byteTokens(vocabulary: Vocabulary): Int32Array {
  const numbers = new Int32Array(CHARACTER_OF_BYTE.length).fill(-1)
  const { bytes, offsets, ids } = vocabulary
  for (let token = 0; token < ids.length; token++) {
    if (offsets[token + 1] - offsets[token] === 1) numbers[bytes[offsets[token]]] = token
  }
  return numbers
}
