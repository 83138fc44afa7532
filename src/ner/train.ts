/**
 * Trains a tagger: maximum likelihood of the conditional random field by stochastic gradient steps with AdaGrad rates (Duchi et
 * al. 2011) and weight decay, one sentence a step. After half of the epochs the features with the largest weights are kept, and
 * the others learn to do without those that are gone. Each sentence is also learned from in lower case and in capitals now and then,
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

interface Weights {
  /** By number of feature. */
  readonly hashes: Int32Array
  /** LABELS a feature. */
  readonly weights: Float32Array
}

interface Stretch {
  readonly learningRate: number
  readonly decay: number
  /** Epochs, the last included. */
  readonly from: number
  readonly to: number
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
  const all = numberFeatures(samples, options.countMin)
  const transitions = new Float32Array((LABELS + 1) * LABELS)
  const first = { hashes: all, weights: new Float32Array(all.length * LABELS) }
  const half = Math.ceil(options.epochs / 2)
  learn(samples, first.weights, transitions, { ...options, from: 1, to: half }, random, onEpoch)
  const kept = largest(first, samples, options.featuresMax)
  learn(samples, kept.weights, transitions, { ...options, from: half + 1, to: options.epochs }, random, onEpoch)
  return { ...quantized(kept), transitions, lexicon: table }
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
  { learningRate, decay, from, to }: Stretch,
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

  for (let epoch = from; epoch <= to; epoch++) {
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

/** The features with the largest weights; the samples get their new numbers. */
function largest({ hashes, weights }: Weights, samples: readonly Sample[], featuresMax: number): Weights {
  if (hashes.length <= featuresMax) return { hashes, weights }
  const sizes = Float32Array.from(hashes, (_, i) => sizeOf(weights, i))
  const byWeight = Array.from(hashes.keys()).sort((a, b) => sizes[b] - sizes[a] || hashes[a] - hashes[b])
  const kept = Int32Array.from(byWeight.slice(0, featuresMax)).sort()
  const numbers = new Int32Array(hashes.length).fill(-1)
  const out = new Float32Array(kept.length * LABELS)
  kept.forEach((old, i) => {
    numbers[old] = i
    out.set(weights.subarray(old * LABELS, (old + 1) * LABELS), i * LABELS)
  })
  for (const { features } of samples) {
    for (let k = 0; k < features.length; k++) if (features[k] >= 0) features[k] = numbers[features[k]]
  }
  return { hashes: kept.map((old) => hashes[old]), weights: out }
}

/** The largest weight of a feature, by amount. */
function sizeOf(weights: Float32Array, feature: number): number {
  let most = 0
  for (let at = feature * LABELS; at < (feature + 1) * LABELS; at++) most = Math.max(most, Math.abs(weights[at]))
  return most
}

/** In a table of bytes; the largest weight becomes WEIGHT_MAX. Those with larger weights are put in first. */
function quantized({ hashes, weights }: Weights) {
  const sizes = Float32Array.from(hashes, (_, i) => sizeOf(weights, i))
  const byWeight = Array.from(hashes.keys()).sort((a, b) => sizes[b] - sizes[a] || hashes[a] - hashes[b])
  const scale = (sizes[byWeight[0]] || 1) / WEIGHT_MAX
  const kept = byWeight.filter((i) => sizes[i] >= scale / 2)
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
