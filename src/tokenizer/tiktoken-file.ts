/**
 * tiktoken's .tiktoken files: a line a token, its bytes in base64 and its rank, which is its id. Neighbors merge when their
 * bytes are a token, lowest rank first, and a piece that is a token is that token. The file says neither its pattern nor
 * its special tokens; those of tiktoken 0.14.0's encodings are known by the file's name.
 */
import { ConfigError } from '../errors/errors.js'
import type { Digits, Pattern } from '../kernels/pretokens/index.js'
import { type ReachedMerges, reachedMerges } from './merges.js'
import { plainAdded, type SplitStep, type TokenizerModel, type Vocabulary } from './model.js'
import { byteTokens, checkId, tokenBytes } from './vocabulary.js'

/** What the file does not say. */
export interface TiktokenAbout {
  readonly split: readonly SplitStep[]
  /** Ids of special tokens. */
  readonly special: Readonly<Record<string, number>>
}

const about = (pattern: Pattern, special: Readonly<Record<string, number>>, digits: Digits = 'own'): TiktokenAbout => ({
  split: [{ kind: 'scanner', pattern, digits }],
  special,
})

/** By a part of the file's name. */
const KNOWN: readonly (readonly [string, TiktokenAbout])[] = [
  ['r50k_base', about('gpt2', { '<|endoftext|>': 50256 })],
  ['p50k_base', about('gpt2', { '<|endoftext|>': 50256 })],
  [
    'cl100k_base',
    about('cl100k', {
      '<|endoftext|>': 100257,
      '<|fim_prefix|>': 100258,
      '<|fim_middle|>': 100259,
      '<|fim_suffix|>': 100260,
      '<|endofprompt|>': 100276,
    }),
  ],
  ['o200k_base', about('o200k', { '<|endoftext|>': 199999, '<|endofprompt|>': 200018 })],
]

/** Throws ConfigError; also when `given` is null and the name tells nothing. */
export function readTiktoken(text: string, name: string, given: TiktokenAbout | null): TokenizerModel {
  const known = given ?? KNOWN.find(([part]) => name.includes(part))?.[1]
  if (known === undefined) {
    throw new ConfigError(
      `${name}: a .tiktoken file does not say its pattern; expected ${KNOWN.map(([part]) => part).join(', ')} in its name, or the pattern given`,
    )
  }
  const { bytes, offsets, ids } = readLines(text, name)
  const vocabulary: Vocabulary = { bytes, offsets, ids, merges: null, wholePieces: true, alphabet: { kind: 'bytes' } }
  const missing = byteTokens(vocabulary).indexOf(-1)
  if (missing >= 0) throw new ConfigError(`${name}: expected a token for every byte, got none for byte ${missing}`)
  const added = Object.entries(known.special).map(([content, id]) => plainAdded(content, checkId(id, name), true))
  for (const { content, id } of added) {
    if (ids.includes(id))
      throw new ConfigError(`${name}: special token ${content} has id ${id}, as a token of the file`)
  }
  return {
    vocabulary,
    added,
    normalization: { kind: 'none' },
    split: known.split,
    prefixSpace: false,
    before: [],
    after: [],
  }
}

function readLines(text: string, name: string): Pick<Vocabulary, 'bytes' | 'offsets' | 'ids'> {
  const tokens: { bytes: Buffer; id: number }[] = []
  let line = 0
  for (const row of text.split('\n')) {
    line++
    if (row.trim() === '') continue
    const match = /^([A-Za-z0-9+/]+={0,2}) (\d{1,10})\r?$/.exec(row)
    if (match === null) throw new ConfigError(`${name}, line ${line}: expected a token in base64 and a rank`)
    tokens.push({ bytes: Buffer.from(match[1], 'base64'), id: checkId(Number(match[2]), `${name}, line ${line}`) })
  }
  tokens.sort((a, b) => a.id - b.id)
  const offsets = new Uint32Array(tokens.length + 1)
  for (const [i, { bytes, id }] of tokens.entries()) {
    if (bytes.length === 0) throw new ConfigError(`${name}: the token of rank ${id} is empty`)
    if (i > 0 && tokens[i - 1].id === id) throw new ConfigError(`${name}: two tokens have rank ${id}`)
    offsets[i + 1] = offsets[i] + bytes.length
  }
  if (tokens.length === 0) throw new ConfigError(`${name}: expected tokens, got none`)
  return {
    bytes: Buffer.concat(tokens.map(({ bytes }) => bytes)),
    offsets,
    ids: Uint32Array.from(tokens, ({ id }) => id),
  }
}

/** Throws ConfigError for a tokenizer whose ids are not the order of its merges. */
export function writeTiktoken(model: TokenizerModel): string {
  const { normalization, prefixSpace } = model
  const vocabulary = withoutAdded(model)
  const { ids, alphabet, wholePieces } = vocabulary
  if (
    alphabet.kind !== 'bytes' ||
    normalization.kind !== 'none' ||
    prefixSpace ||
    byteTokens(vocabulary).includes(-1)
  ) {
    throw new ConfigError('.tiktoken files only hold byte-level tokenizers with all bytes and no normalizer')
  }
  const own = reachedMerges(vocabulary)
  if (!followsRanks(vocabulary, own) || (own.unreached.length > 0 && !wholePieces)) {
    throw new ConfigError('.tiktoken files only hold tokenizers whose merges follow from the order of their ids')
  }
  let text = ''
  for (const [token, id] of ids.entries())
    text += `${Buffer.from(tokenBytes(vocabulary, token)).toString('base64')} ${id}\n`
  return text
}

/** Whether the order of ids gives the same merges. */
function followsRanks(vocabulary: Vocabulary, { merges }: ReachedMerges): boolean {
  try {
    const ranked = reachedMerges({ ...vocabulary, merges: null })
    return merges.length === ranked.merges.length && merges.every((part, i) => part === ranked.merges[i])
  } catch (error) {
    if (error instanceof ConfigError) return false // by ranks it can't even be run
    throw error
  }
}

/** The vocabulary without those added tokens that no merge reaches: the file has no place for them. */
function withoutAdded({ vocabulary, added }: TokenizerModel): Vocabulary {
  const isAdded = new Set(added.map(({ id }) => id))
  const dropped = new Set(reachedMerges(vocabulary).unreached.filter((token) => isAdded.has(vocabulary.ids[token])))
  if (dropped.size === 0) return vocabulary
  const kept = [...vocabulary.ids.keys()].filter((token) => !dropped.has(token))
  const numbers = new Map(kept.map((token, number) => [token, number]))
  const offsets = new Uint32Array(kept.length + 1)
  for (const [number, token] of kept.entries())
    offsets[number + 1] = offsets[number] + tokenBytes(vocabulary, token).length
  return {
    ...vocabulary,
    bytes: Buffer.concat(kept.map((token) => tokenBytes(vocabulary, token))),
    offsets,
    ids: Uint32Array.from(kept, (token) => vocabulary.ids[token]),
    // A merge of a token that is dropped leads to another that is not there to be reached.
    merges: vocabulary.merges && keptMerges(vocabulary.merges, numbers),
  }
}

function keptMerges(merges: Uint32Array, numbers: ReadonlyMap<number, number>): Uint32Array {
  const kept: number[] = []
  for (let i = 0; i < merges.length; i += 3) {
    const parts = [...merges.subarray(i, i + 3)].map((token) => numbers.get(token))
    if (!parts.includes(undefined)) kept.push(...(parts as number[])) // all there
  }
  return Uint32Array.from(kept)
}
