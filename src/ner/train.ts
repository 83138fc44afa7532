/**
 * Trains a tagger: maximum likelihood of the conditional random field by stochastic gradient steps with AdaGrad rates (Duchi et
 * al. 2011) and weight decay, one sentence a step. Each sentence is also learned from in lower case and in capitals now and then,
 * and list hits are left out at random, so that names outside of the lists are found too. Same input, same bytes.
 */
import { Chain, isAllowed } from './crf.js'
import { FEATURES, sentenceFeatures } from './features.js'
import { hashTokens } from './hashes.js'
import { entitiesOfTags, LABELS } from './labels.js'
import { Lexicon, lexiconOf } from './lexicon.js'
import { keyOf, type NerModel } from './model.js'
import { type Random, seededRandom } from './random.js'
import { TOKENS_MAX, tokenize } from './tokens.js'

export interface TaggedSentence {
  readonly tokens: readonly string[]
  /** IOB1 or IOB2, one a token. */
  readonly tags: readonly string[]
}

export interface NerTrainingOptions {
  readonly epochs: number
  readonly learningRate: number
  /** Of weight decay. */
  readonly decay: number
  /** Features seen in fewer places are left out. */
  readonly countMin: number
  /** Features kept at most, those with the largest weights. */
  readonly featuresMax: number
  /** Share of list hits left out. */
  readonly dropout: number
  /** Shares of sentences repeated in lower case, and in capitals. */
  readonly lowerShare: number
  readonly upperShare: number
  readonly seed: number
  /** Phrases of each list of the lexicon. */
  readonly lists: readonly (readonly string[])[]
}

interface Sample {
  readonly features: Int32Array
  readonly labels: Uint8Array
}

const RATE_FLOOR = 1e-8
const LOAD_MAX = 0.8
const WEIGHT_MAX = 127

/** @param onEpoch told after each epoch the mean negative log likelihood of a sentence */
export function trainNer(
  sentences: readonly TaggedSentence[],
  options: NerTrainingOptions,
  onEpoch: (epoch: number, loss: number) => void = () => {},
): NerModel {
  const random = seededRandom(options.seed)
  const table = lexiconOf(options.lists)
  const samples = samplesOf(sentences, new Lexicon(table), options, random)
  const hashes = numberFeatures(samples, options.countMin)
  const weights = new Float32Array(hashes.length * LABELS)
  const transitions = new Float32Array((LABELS + 1) * LABELS)
  learn(samples, weights, transitions, options, random, onEpoch)
  return { ...quantized(hashes, weights, options.featuresMax), transitions, lexicon: table }
}

function samplesOf(
  sentences: readonly TaggedSentence[],
  lexicon: Lexicon,
  { lowerShare, upperShare, dropout }: NerTrainingOptions,
  random: Random,
): Sample[] {
  const samples: Sample[] = []
  const marks = new Uint16Array(TOKENS_MAX)
  for (const { tokens, tags } of sentences) {
    addSamples(tokens, tags)
    if (random() < lowerShare)
      addSamples(
        tokens.map((token) => token.toLowerCase()),
        tags,
      )
    if (random() < upperShare)
      addSamples(
        tokens.map((token) => token.toUpperCase()),
        tags,
      )
  }
  return samples

  function addSamples(words: readonly string[], tags: readonly string[]): void {
    const text = words.join(' ')
    const tokens = tokenize(text)
    const labels = labelsOf(words, tags, tokens)
    const hashed = hashTokens(text, tokens)
    for (let from = 0; from < tokens.count; ) {
      let to = from + 1
      while (to < tokens.count && tokens.begins[to] === 0) to++
      lexicon.mark(hashed, from, to, marks)
      for (let i = 0; i < to - from; i++) if (marks[i] !== 0 && random() < dropout) marks[i] = 0
      const features = new Int32Array((to - from) * FEATURES)
      sentenceFeatures(hashed, from, to, marks, features)
      samples.push({ features, labels: labels.slice(from, to) })
      from = to
    }
  }
}

/** Labels of our own tokens, out of tags of the data's words joined by spaces. */
function labelsOf(words: readonly string[], tags: readonly string[], tokens: ReturnType<typeof tokenize>): Uint8Array {
  const labels = new Uint8Array(tokens.count)
  const wordStarts = new Int32Array(words.length + 1)
  words.forEach((word, i) => {
    wordStarts[i + 1] = wordStarts[i] + word.length + 1
  })
  let token = 0
  for (const { from, to, type } of entitiesOfTags(tags)) {
    while (token < tokens.count && tokens.ends[token] <= wordStarts[from]) token++
    let label = 1 + 2 * type
    for (; token < tokens.count && tokens.starts[token] < wordStarts[to] - 1; token++) {
      labels[token] = label
      // A sentence that ends within an entity: the rest is one of its own.
      const endsHere = token + 1 < tokens.count && tokens.begins[token + 1] === 1
      label = endsHere ? 1 + 2 * type : 2 + 2 * type
    }
  }
  return labels
}

/** Puts numbers in the place of hashes, -1 for those left out. @returns the hash of each number */
function numberFeatures(samples: readonly Sample[], countMin: number): Int32Array {
  const counts = new Map<number, number>()
  for (const { features } of samples) {
    for (const hash of features) if (hash !== 0) counts.set(hash, (counts.get(hash) ?? 0) + 1)
  }
  const hashes: number[] = []
  const numbers = new Map<number, number>()
  for (const [hash, count] of counts) if (count >= countMin) numbers.set(hash, hashes.push(hash) - 1)
  for (const { features } of samples) {
    for (let k = 0; k < features.length; k++) features[k] = numbers.get(features[k]) ?? -1
  }
  return Int32Array.from(hashes)
}

function learn(
  samples: readonly Sample[],
  weights: Float32Array,
  transitions: Float32Array,
  { epochs, learningRate, decay }: NerTrainingOptions,
  random: Random,
  onEpoch: (epoch: number, loss: number) => void,
): void {
  const chain = new Chain(TOKENS_MAX)
  const squares = new Float32Array(weights.length)
  const transitionSquares = new Float32Array(transitions.length)
  const order = Int32Array.from(samples, (_, i) => i)
  const gradient = new Float64Array(LABELS)
  const step = (array: Float32Array, squared: Float32Array, at: number, slope: number) => {
    const whole = slope + decay * array[at]
    squared[at] += whole * whole
    array[at] -= (learningRate * whole) / Math.sqrt(squared[at] + RATE_FLOOR)
  }

  function learnFrom({ features, labels }: Sample): number {
    const count = labels.length
    sumWeights(features, count, weights, chain.emissions)
    const total = chain.forwardBackward(count, transitions)
    chain.expectTransitions(count, total)
    let score = 0
    for (let i = 0; i < count; i++) {
      const at = (i === 0 ? LABELS : labels[i - 1]) * LABELS + labels[i]
      score += chain.emissions[i * LABELS + labels[i]] + transitions[at]
      chain.expected[at] -= 1
    }
    for (let at = 0; at < transitions.length; at++) {
      if (isAllowed(Math.floor(at / LABELS), at % LABELS)) step(transitions, transitionSquares, at, chain.expected[at])
    }
    for (let i = 0; i < count; i++) {
      for (let label = 0; label < LABELS; label++) {
        gradient[label] = chain.probabilities[i * LABELS + label] - (labels[i] === label ? 1 : 0)
      }
      for (let k = i * FEATURES; k < (i + 1) * FEATURES; k++) {
        if (features[k] < 0) continue
        const row = features[k] * LABELS
        for (let label = 0; label < LABELS; label++) step(weights, squares, row + label, gradient[label])
      }
    }
    return total - score
  }

  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1))
      const kept = order[i]
      order[i] = order[j]
      order[j] = kept
    }
    let loss = 0
    for (const i of order) loss += learnFrom(samples[i])
    onEpoch(epoch, loss / Math.max(1, samples.length))
  }
}

function sumWeights(features: Int32Array, count: number, weights: Float32Array, emissions: Float64Array): void {
  emissions.fill(0, 0, count * LABELS)
  for (let k = 0; k < count * FEATURES; k++) {
    if (features[k] < 0) continue
    const row = Math.floor(k / FEATURES) * LABELS
    const from = features[k] * LABELS
    for (let label = 0; label < LABELS; label++) emissions[row + label] += weights[from + label]
  }
}

/** The features with the largest weights, in a table; the largest weight becomes WEIGHT_MAX. */
function quantized(hashes: Int32Array, weights: Float32Array, featuresMax: number) {
  const size = Float32Array.from(hashes, (_, i) => {
    let most = 0
    for (let label = 0; label < LABELS; label++) most = Math.max(most, Math.abs(weights[i * LABELS + label]))
    return most
  })
  const byWeight = Array.from(hashes.keys()).sort((a, b) => size[b] - size[a] || hashes[a] - hashes[b])
  const scale = (size[byWeight[0]] || 1) / WEIGHT_MAX
  const kept = byWeight.slice(0, featuresMax).filter((i) => size[i] >= scale / 2)
  let slots = 16
  while (slots * LOAD_MAX < kept.length) slots *= 2
  const keys = new Uint16Array(slots)
  const table = new Int8Array(slots * LABELS)
  for (const i of kept) {
    const key = keyOf(hashes[i])
    let slot = hashes[i] & (slots - 1)
    // Two features with the same key on the same way would be one: the one with the larger weights stays.
    while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & (slots - 1)
    if (keys[slot] !== 0) continue
    keys[slot] = key
    for (let label = 0; label < LABELS; label++) {
      table[slot * LABELS + label] = Math.round(weights[i * LABELS + label] / scale)
    }
  }
  return { keys, weights: table, scale }
}
