/** The `added_tokens` of a tokenizer.json, and how they go with its vocabulary. */
import { isObject } from '../document/json.js'
import { ConfigError } from '../errors/errors.js'
import type { AddedToken, Normalization } from './model.js'
import { checkId, type NamedTokens } from './vocabulary.js'

type Added = ReadonlyMap<string, AddedToken>

/** By content, in the order of the file. */
export function readAdded(list: unknown, where: string): Added {
  if (!Array.isArray(list)) throw new ConfigError(`${where}: expected a list`)
  const tokens = new Map<string, AddedToken>()
  const contentOf = new Map<number, string>()
  for (const [index, token] of list.entries()) {
    if (!isObject(token) || typeof token.content !== 'string' || token.content === '') {
      throw new ConfigError(`${where} ${index}: expected an object with content`)
    }
    const { content } = token
    const id = checkId(token.id, `${where} ${index}`)
    const other = contentOf.get(id)
    if (tokens.has(content) || other !== undefined) {
      throw new ConfigError(
        `${where} ${index}: token ${JSON.stringify(other ?? content)} or its id ${id} stands there before`,
      )
    }
    contentOf.set(id, content)
    tokens.set(content, {
      content,
      id,
      special: token.special === true,
      stripLeft: token.lstrip === true,
      stripRight: token.rstrip === true,
      singleWord: token.single_word === true,
      normalized: token.normalized === true,
    })
  }
  return tokens
}

/**
 * Added tokens that merges name. The others may stand in the vocabulary, but are no part of it: a text that is not searched
 * for them can't have them.
 */
export function namedByMerges(merges: unknown, added: Added): ReadonlySet<string> {
  const named = new Set<string>()
  if (added.size === 0 || !Array.isArray(merges)) return named
  const lengths = new Set(Array.from(added.keys(), ({ length }) => length))
  const look = (text: unknown): void => {
    // Few texts are as long as an added token: only those are looked up.
    if (typeof text === 'string' && lengths.has(text.length) && added.has(text)) named.add(text)
  }
  for (const merge of merges as unknown[]) {
    const [left, right]: unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : []
    look(left)
    look(right)
    look(`${left}${right}`)
  }
  return named
}

/** Throws ConfigError where the ids of added tokens are not those that Hugging Face tokenizers would give them. */
export function checkAdded(
  added: Added,
  vocab: Readonly<Record<string, unknown>>,
  { texts, ids, numberOf }: NamedTokens,
  normalization: Normalization,
  name: string,
): void {
  const isGiven = (content: string): boolean => Object.hasOwn(vocab, content)
  const onlyAdded = [...added.keys()].filter((content) => isGiven(content) && !numberOf.has(content))
  let next = texts.length + onlyAdded.length
  for (const { content, id, normalized } of added.values()) {
    const quoted = JSON.stringify(content)
    const given = isGiven(content) ? vocab[content] : undefined
    if (given !== undefined && given !== id) {
      throw new ConfigError(`${name}: added token ${quoted} has id ${id}, the vocabulary gives it ${given}`)
    }
    const other = texts[placeOf(ids, id)]
    if (other !== undefined && other !== content) {
      throw new ConfigError(`${name}: added token ${quoted} and token ${JSON.stringify(other)} both have id ${id}`)
    }
    if (given === undefined && id !== next) {
      // It numbers them itself: behind as many as the vocabulary has, in the order of the file.
      throw new ConfigError(
        `${name}: added token ${quoted} has id ${id}, where Hugging Face tokenizers gives it ${next}; put it into the vocabulary`,
      )
    }
    if (id >= next) next = id + 1
    const changes = normalization.kind === 'nfc' && content.normalize('NFC') !== content
    if (normalized && (changes || (normalization.kind === 'spaces' && / |\u2581/.test(content)))) {
      throw new ConfigError(`${name}: added token ${quoted}, which the normalizer changes, is not supported`)
    }
  }
}

/** Where a value stands in an ascending list; -1 where it doesn't. */
function placeOf(ascending: Uint32Array, value: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle] < value) low = middle + 1
    else high = middle
  }
  return ascending[low] === value ? low : -1
}
