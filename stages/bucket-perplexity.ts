/**
 * Cuts the documents of each language in three by perplexity, at percentiles of this very corpus: CCNet's head, middle and
 * tail (Wenzek et al. 2020, arXiv 1911.00359). Exact, and in constant memory: one round counts, the next sees
 * perplexities in order. With cutoffs that are known beforehand (`millrace lm cutoffs`) filter-perplexity does the
 * same without waiting for the corpus.
 */
import type { Position } from '../src/document/document.js'
import { ConfigError } from '../src/errors/errors.js'
import { DescendingBuckets } from '../src/lm/buckets.js'
import { BUCKETS, BUCKETS_OPTION, CCNET_PERCENTILES, UNKNOWN_LANGUAGE } from '../src/lm/cutoffs.js'
import {
  CCNET_PROFILE,
  documentPerplexity,
  PERPLEXITY_SIGNAL,
  prepareScorer,
  SCORER_OPTIONS,
  shareModel,
} from '../src/lm/text-scorer.js'
import { number } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { readDescendingKey, SORT_KEY_BYTES, writeDescendingKey } from '../src/stage/sort-key.js'
import { defineStage, type Reducer } from '../src/stage/stage.js'

// A record is keyed by language. Its value: sort key of the perplexity, shard, row (u32 each, big-endian); in the second
// round behind a byte 1. There the number of documents comes first: a byte 0 and an f64.
const MEMBER_BYTES = SORT_KEY_BYTES + 8
const COUNT = 0
const MEMBER = 1

export default defineStage({
  kind: 'corpus',
  summary: 'cut the documents of each language into head, middle and tail by perplexity',
  source: 'CCNet: Wenzek et al. 2020, arXiv 1911.00359; facebookresearch/cc_net',
  options: {
    ...SCORER_OPTIONS,
    headPercentile: number({
      default: CCNET_PERCENTILES.head,
      min: 0,
      max: 100,
      unit: 'percent',
      meaning: 'share of the documents of a language, from the lowest perplexity up, that is its head',
    }),
    tailPercentile: number({
      default: CCNET_PERCENTILES.tail,
      min: 0,
      max: 100,
      unit: 'percent',
      meaning: 'share that is head and middle together; the rest is the tail',
    }),
    buckets: BUCKETS_OPTION,
  },
  profiles: { 'cc-net': CCNET_PROFILE },
  signals: {
    perplexity: PERPLEXITY_SIGNAL,
    bucket: { type: 'string', meaning: 'head, middle or tail of its language; all without a perplexity' },
  },
  examples: [
    { text: '', drop: null, signals: { bucket: 'all' } },
    { text: 'A document alone is its own tail, at any percentile.', drop: null, signals: { bucket: 'tail' } },
    { text: 'A document alone is its own tail.', options: { buckets: ['head', 'middle'] }, drop: 'bucket' },
  ],
  share: shareModel,
  corpus: {
    async collect(options, resources) {
      if (options.headPercentile > options.tailPercentile) {
        throw new ConfigError(
          `headPercentile: expected at most tailPercentile, ${options.tailPercentile}, got ${options.headPercentile}`,
        )
      }
      const score = await prepareScorer(options, resources)
      const encoder = new TextEncoder()
      const value = new Uint8Array(MEMBER_BYTES)
      const view = new DataView(value.buffer)
      return ({ text, language, position }, emit) => {
        const perplexity = documentPerplexity(score(text))
        if (perplexity === null) return
        writeDescendingKey(value, perplexity)
        view.setUint32(SORT_KEY_BYTES, position.shard)
        view.setUint32(SORT_KEY_BYTES + 4, position.row)
        emit.record(encoder.encode(language || UNKNOWN_LANGUAGE), value)
      }
    },
    rounds: [
      { name: 'count', partitions: 'key', reducer: countingReducer },
      { name: 'cut', partitions: 'key', reducer: cuttingReducer },
    ],
    settle: ({ buckets }) => {
      const stay = new Set<string>(buckets)
      return (_document, decision) => {
        const signals = decision === undefined ? { bucket: 'all' } : readDecision(decision)
        return stay.has(signals.bucket) ? keep(signals) : drop('bucket', signals)
      }
    },
  },
})

/** Sends everything on, and how much it was. */
function countingReducer(): Reducer {
  let language = new Uint8Array(0)
  let count = 0
  const member = new Uint8Array(1 + MEMBER_BYTES)
  member[0] = MEMBER
  return {
    start(key) {
      language = key.slice()
      count = 0
    },
    value(value, emit) {
      count++
      member.set(value, 1)
      emit.record(language, member)
    },
    end(emit) {
      const total = new Uint8Array(9)
      total[0] = COUNT
      new DataView(total.buffer).setFloat64(1, count)
      emit.record(language, total)
    },
  }
}

function cuttingReducer(options: { readonly headPercentile: number; readonly tailPercentile: number }): Reducer {
  let buckets = new DescendingBuckets(0, 0, 0)
  return {
    start() {},
    value(value, emit) {
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
      if (value[0] === COUNT) {
        buckets = new DescendingBuckets(view.getFloat64(1), options.headPercentile, options.tailPercentile)
        return
      }
      const perplexity = readDescendingKey(value.subarray(1))
      const at = 1 + SORT_KEY_BYTES
      const position: Position = { shard: view.getUint32(at), row: view.getUint32(at + 4) }
      emit.decide(position, writeDecision(BUCKETS.indexOf(buckets.next(perplexity)), perplexity))
    },
    end() {},
  }
}

function writeDecision(bucket: number, perplexity: number): Uint8Array {
  const decision = new Uint8Array(9)
  decision[0] = bucket
  new DataView(decision.buffer).setFloat64(1, perplexity)
  return decision
}

function readDecision(decision: Uint8Array): { bucket: string; perplexity: number } {
  const perplexity = new DataView(decision.buffer, decision.byteOffset).getFloat64(1)
  return { bucket: BUCKETS[decision[0] ?? 0] ?? 'all', perplexity }
}
