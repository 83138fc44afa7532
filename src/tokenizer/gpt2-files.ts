/** GPT-2's pair of files: vocab.json, tokens in its byte alphabet with ids, and merges.txt, one merge a line, best first. */
import { ConfigError, messageOf } from '../errors/errors.js'
import { mergesOf } from './merges.js'
import { type AddedToken, plainAdded, type SplitStep, type TokenizerModel } from './model.js'
import { byteLevelBytes, checkId, readMerges, readTokens, textOfToken } from './vocabulary.js'

const GPT2_SPLIT: readonly SplitStep[] = [{ kind: 'scanner', pattern: 'gpt2', digits: 'own' }]
/** Written so by those who train with these files: the only special tokens that a vocab.json can tell. */
const SPECIAL = /^<\|.+\|>$/

/** @param name of vocab.json, for messages; the other file is named after it. Throws ConfigError. */
export function readGpt2Files(vocabJson: string, mergesText: string, name: string): TokenizerModel {
  let vocab: unknown
  try {
    vocab = JSON.parse(vocabJson)
  } catch (error) {
    throw new ConfigError(`${name}: expected JSON: ${messageOf(error)}`)
  }
  const added: AddedToken[] = []
  const tokens = readTokens(vocab, name, (text) => SPECIAL.test(text))
  for (const [text, id] of Object.entries(vocab as Readonly<Record<string, unknown>>)) {
    // an object, or readTokens throws
    if (SPECIAL.test(text)) added.push(plainAdded(text, checkId(id, `${name}, token ${JSON.stringify(text)}`), true))
  }
  const lines = mergesText.split(/\r?\n/)
  while (lines.at(-1) === '') lines.pop()
  // The first line may name the version; a merge can begin with # as well, but then it is a pair of tokens.
  if (lines[0]?.startsWith('#version')) lines.shift()
  return {
    vocabulary: {
      ...byteLevelBytes(tokens, name),
      ids: tokens.ids,
      merges: readMerges(lines, tokens, `merges of ${name}, line`),
      wholePieces: false,
      alphabet: { kind: 'bytes' },
    },
    added,
    normalization: { kind: 'none' },
    split: GPT2_SPLIT,
    prefixSpace: false,
    before: [],
    after: [],
  }
}

/** Throws ConfigError for a tokenizer that these files can't say. */
export function writeGpt2Files(model: TokenizerModel): { vocabJson: string; mergesText: string } {
  const { vocabulary, added, split, normalization, prefixSpace } = model
  const [step] = split
  const isGpt2 = split.length === 1 && step.kind === 'scanner' && step.pattern === 'gpt2' && step.digits === 'own'
  if (vocabulary.alphabet.kind !== 'bytes' || normalization.kind !== 'none' || prefixSpace || !isGpt2) {
    throw new ConfigError(
      "vocab.json and merges.txt only hold byte-level tokenizers with GPT-2's pattern: write tokenizer.json",
    )
  }
  const { ids } = vocabulary
  const texts = Array.from(ids, (_, token) => textOfToken(vocabulary, token))
  const entries: [string, number][] = texts.map((text, token) => [text, ids[token]])
  for (const { content, id } of added) if (!ids.includes(id)) entries.push([content, id])
  const merges = mergesOf(vocabulary)
  let mergesText = '#version: 0.2\n'
  for (let i = 0; i < merges.length; i += 3) mergesText += `${texts[merges[i]]} ${texts[merges[i + 1]]}\n`
  return { vocabJson: `${JSON.stringify(Object.fromEntries(entries.sort((a, b) => a[1] - b[1])))}\n`, mergesText }
}
