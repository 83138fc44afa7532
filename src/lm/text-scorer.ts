/**
 * The perplexity of a document as CCNet defines it (Wenzek et al. 2020; cc_net's `perplexity.py`): its lines are
 * sentences, and 10 to the power of minus the sum of their log10 over the sum of their lengths, each length counting the end
 * of the sentence.
 */
import { ConfigError } from '../errors/errors.js'
import { oneOf, path } from '../stage/options.js'
import type { Resources, SignalDeclaration } from '../stage/stage.js'
import type { SharedModel } from './model-tables.js'
import { buildModel, type NgramModel, openModel, perplexityOf } from './ngram-model.js'
import { TEXT_PROFILES, type Tokenize, tokenizerOf } from './profiles.js'
import { loadSentencePiece } from './sentencepiece.js'
import { shippedModelPath } from './shipped-model.js'

/** Which model scores, and in what form it gets the text: options of every stage that does. */
export const SCORER_OPTIONS = {
  model: path({
    default: '',
    meaning:
      'An n-gram model: ARPA, KenLM binary or .mlm. None: the English one that ships along, made for text: plain.',
  }),
  text: oneOf(TEXT_PROFILES, {
    default: 'plain',
    meaning: 'What the model was trained on. plain: lower-case words and single marks; ccnet: normalized as by CCNet.',
  }),
  sentencePiece: path({
    default: '',
    meaning: 'For text: ccnet, the SentencePiece model that splits it. None: it is split at white space.',
  }),
  lines: oneOf(['text', 'all', 'joined'], {
    default: 'text',
    meaning: 'What is a sentence. text: each line but blank ones; all: each line; joined: the document.',
  }),
}

/** As CCNet's mining pipeline does it: it normalizes a document as one line, line feeds taken out. */
export const CCNET_PROFILE = { text: 'ccnet', lines: 'joined' } as const

/** Declared by every stage that measures it. */
export const PERPLEXITY_SIGNAL: SignalDeclaration = {
  type: 'number',
  meaning: 'of the whole text, a token; missing where there is no token',
}

interface ScorerChoice {
  readonly model: string
  readonly text: (typeof TEXT_PROFILES)[number]
  readonly sentencePiece: string
  readonly lines: 'text' | 'all' | 'joined'
}

export interface DocumentScore {
  /** Sum over all tokens and sentence ends. */
  readonly log10: number
  /** Without sentence ends. */
  readonly tokenCount: number
  readonly sentenceCount: number
  /** Tokens that the model lacks. */
  readonly oovCount: number
  /** Of each sentence that has a token, in order. */
  readonly perplexities: readonly number[]
}

/** The model's tables: made once, in the main thread, opened by `prepareScorer` in each. */
export async function shareModel(choice: ScorerChoice, resources: Resources): Promise<SharedModel> {
  const modelPath = choice.model === '' ? shippedModelPath() : choice.model
  if (modelPath === null) throw new ConfigError('model: expected a path, as no model ships with this installation')
  const file = resources.openFile(modelPath)
  try {
    return buildModel(file, modelPath)
  } finally {
    file.close()
  }
}

export async function prepareScorer(
  choice: ScorerChoice,
  resources: Resources,
): Promise<(text: string) => DocumentScore> {
  const { sentencePiece } = choice
  if (sentencePiece !== '' && choice.text !== 'ccnet') {
    throw new ConfigError(`sentencePiece: expected text: ccnet with it, got text: ${choice.text}`)
  }
  const pieces = sentencePiece === '' ? null : loadSentencePiece(await resources.readFile(sentencePiece), sentencePiece)
  const model = openModel(resources.shared)
  const tokenize = tokenizerOf(choice.text, pieces)
  return (text) => scoreText(text, model, tokenize, choice.lines)
}

export function scoreText(
  text: string,
  model: NgramModel,
  tokenize: Tokenize,
  lines: ScorerChoice['lines'],
): DocumentScore {
  let log10 = 0
  let tokenCount = 0
  let sentenceCount = 0
  let oovCount = 0
  const perplexities: number[] = []
  for (const sentence of lines === 'joined' ? [text] : text.split('\n')) {
    const tokens = tokenize(sentence)
    if (tokens.length === 0 && (lines !== 'all' || text === '')) continue
    const score = model.score(tokens)
    log10 += score.log10
    tokenCount += tokens.length
    sentenceCount++
    oovCount += score.oovCount
    if (tokens.length > 0) perplexities.push(perplexityOf(score))
  }
  return { log10, tokenCount, sentenceCount, oovCount, perplexities }
}

/** Null for a text that has no sentence. */
export function documentPerplexity({ log10, tokenCount, sentenceCount, oovCount }: DocumentScore): number | null {
  return sentenceCount === 0 ? null : perplexityOf({ log10, tokenCount: tokenCount + sentenceCount, oovCount })
}

/** The middle one, the lower of two; 0 of none. */
export function medianOf(values: readonly number[]): number {
  return Float64Array.from(values).sort()[(values.length - 1) >> 1] ?? 0
}
