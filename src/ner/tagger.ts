/** Finds named entities in texts with a trained model. Pure; linear in the text's length. */
import type { Span } from '../document/document.js'
import { CLASS, LETTER, LOWER, UPPER } from './characters.js'
import { Chain } from './crf.js'
import { FEATURES, sentenceFeatures } from './features.js'
import { type Hashes, hashTokens, MASK } from './hashes.js'
import { ENTITY_TYPES, type EntityType, entitiesOf, LABELS } from './labels.js'
import { Lexicon } from './lexicon.js'
import { type NerModel, slotOf } from './model.js'
import { TOKENS_MAX, type Tokens, tokenize } from './tokens.js'

/** Masked values are no entities. */
const NEVER = -1e4

export interface EntitySpan extends Span {
  readonly type: EntityType
}

/** Entities in order, none overlapping; offsets in UTF-16 units; the score is the probability of the least sure token. */
export type Tagger = (text: string) => EntitySpan[]

export function makeTagger(model: NerModel): Tagger {
  const lexicon = new Lexicon(model.lexicon)
  const chain = new Chain(TOKENS_MAX)
  const marks = new Uint16Array(TOKENS_MAX)
  const features = new Int32Array(TOKENS_MAX * FEATURES)

  function tagSentence(tokens: Tokens, hashes: Hashes, from: number, to: number, found: EntitySpan[]): void {
    const count = to - from
    lexicon.mark(hashes, from, to, marks)
    sentenceFeatures(hashes, from, to, marks, features)
    emissionsOf(model, features, count, chain.emissions)
    for (let i = 0; i < count; i++) {
      if (hashes.word[from + i] === MASK) chain.emissions.fill(NEVER, i * LABELS + 1, (i + 1) * LABELS)
    }
    if (!chain.viterbi(count, model.transitions)) return
    chain.forwardBackward(count, model.transitions)
    for (const { from: first, to: end, type } of entitiesOf(chain.labels.subarray(0, count))) {
      let score = 1
      for (let i = first; i < end; i++) score = Math.min(score, chain.probabilities[i * LABELS + chain.labels[i]])
      found.push({
        start: tokens.starts[from + first],
        end: tokens.ends[from + end - 1],
        type: ENTITY_TYPES[type],
        score: Math.round(score * 1e4) / 1e4,
      })
    }
  }

  return (text) => {
    const tokens = tokenize(text)
    const hashes = hashTokens(text, tokens)
    const found: EntitySpan[] = []
    for (let from = 0; from < tokens.count; ) {
      let to = from + 1
      while (to < tokens.count && tokens.begins[to] === 0) to++
      if (hasLetter(text, tokens, from, to)) tagSentence(tokens, hashes, from, to, found)
      from = to
    }
    return found
  }
}

/** A sentence of marks and digits holds no name: a line of `@`, one token each, costs next to nothing. */
function hasLetter(text: string, tokens: Tokens, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    for (let at = tokens.starts[i]; at < tokens.ends[i]; at++) {
      const kind = CLASS[text.charCodeAt(at)]
      if (kind === LOWER || kind === UPPER || kind === LETTER) return true
    }
  }
  return false
}

function emissionsOf(model: NerModel, features: Int32Array, count: number, emissions: Float64Array): void {
  const { keys, weights, scale } = model
  for (let i = 0; i < count; i++) {
    const row = i * LABELS
    emissions.fill(0, row, row + LABELS)
    for (let k = i * FEATURES; k < (i + 1) * FEATURES; k++) {
      if (features[k] === 0) continue
      const slot = slotOf(keys, features[k])
      if (slot < 0) continue
      for (let label = 0; label < LABELS; label++) emissions[row + label] += weights[slot * LABELS + label]
    }
    for (let label = 0; label < LABELS; label++) emissions[row + label] *= scale
  }
}
