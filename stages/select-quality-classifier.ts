/**
 * Keeps the best share of this very corpus by a classifier's score, DCLM's way: it keeps the top tenth of its documents (Li et al.
 * 2024, arXiv 2406.11794, section 4.4). The share is exact: of documents with equal scores at its edge those that come first in
 * the input stay. Nothing is held: one round counts, the next sees scores from the best down and finds where the share ends, the
 * last tells every document. With a threshold that is known beforehand (the `cutoff` of an earlier run) filter-quality-classifier
 * does the same without waiting for the corpus.
 */
import { GOOD_LABEL_OPTIONS, GOOD_LABEL_SIGNAL, goodLabelScorer } from '../src/classify/good-label.js'
import { shareModel } from '../src/classify/shared-model.js'
import type { Position } from '../src/document/document.js'
import { filterAction, number } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { readDescendingKey, SORT_KEY_BYTES, writeDescendingKey } from '../src/stage/sort-key.js'
import { defineStage, type Reducer } from '../src/stage/stage.js'

// All records have one key. A member: sort key of the score, shard, row (u32 each, big-endian), in later rounds behind a byte that
// says whether it is within the share. What was found over all comes before them: a byte 0 and an f64, the number of documents for
// the second round, the cutoff for the third.
const KEY = new Uint8Array(0)
const MEMBER_BYTES = SORT_KEY_BYTES + 8
const FOUND = 0
const WITHIN = 1
const BEYOND = 2

export default defineStage({
  kind: 'corpus',
  summary: 'keep the best share of the corpus by the score of a fastText classifier',
  source: 'DCLM: Li et al. 2024, arXiv 2406.11794, section 4.4',
  options: {
    ...GOOD_LABEL_OPTIONS,
    share: number({
      default: 0.1,
      min: 0,
      max: 1,
      unit: 'share',
      meaning:
        'How much of the corpus stays, in documents, from the highest score down; rounded to the nearest document.',
    }),
    action: filterAction(),
  },
  signals: {
    score: GOOD_LABEL_SIGNAL,
    cutoff: {
      type: 'number',
      unit: 'probability',
      meaning: 'the lowest score within the share, the same for all: the threshold that the share came to',
    },
  },
  examples: [
    {
      text: 'A document alone is the best half of its corpus.',
      options: { model: 'models/toxicity-en/toxicity-en.ftz', label: 'nontoxic', share: 0.5 },
      drop: null,
    },
    {
      text: 'A document alone is no tenth of its corpus.',
      options: { model: 'models/toxicity-en/toxicity-en.ftz', label: 'nontoxic' },
      drop: 'score',
    },
  ],
  share: ({ model }, resources) => shareModel(model, resources),
  corpus: {
    collect(options, resources) {
      const scoreOf = goodLabelScorer(options, resources)
      const value = new Uint8Array(MEMBER_BYTES)
      const view = new DataView(value.buffer)
      return ({ text, position }, emit) => {
        writeDescendingKey(value, scoreOf(text))
        view.setUint32(SORT_KEY_BYTES, position.shard)
        view.setUint32(SORT_KEY_BYTES + 4, position.row)
        emit.record(KEY, value)
      }
    },
    rounds: [
      { name: 'count', partitions: 'one', reducer: countingReducer },
      { name: 'cut', partitions: 'one', reducer: cuttingReducer },
      { name: 'tell', partitions: 'one', reducer: tellingReducer },
    ],
    settle:
      ({ action }) =>
      (_document, decision) => {
        if (decision === undefined) throw new Error('select-quality-classifier: a document without a score')
        const { isWithin, ...signals } = readDecision(decision)
        return isWithin || action === 'annotate' ? keep(signals) : drop('score', signals)
      },
  },
})

/** Sends everything on, and how much it was. */
function countingReducer(): Reducer {
  let count = 0
  const member = new Uint8Array(1 + MEMBER_BYTES)
  member[0] = WITHIN
  return {
    start() {},
    value(value, emit) {
      count++
      member.set(value, 1)
      emit.record(KEY, member)
    },
    end: (emit) => emit.record(KEY, found(count)),
  }
}

/** Marks what is beyond the share. The cutoff is 1 where nothing is within. */
function cuttingReducer({ share }: { readonly share: number }): Reducer {
  let left = 0
  let cutoff = 1
  const member = new Uint8Array(1 + MEMBER_BYTES)
  return {
    start() {},
    value(value, emit) {
      if (value[0] === FOUND) {
        left = Math.round(readFound(value) * share)
        return
      }
      if (left > 0) cutoff = readDescendingKey(value.subarray(1))
      member.set(value)
      member[0] = left > 0 ? WITHIN : BEYOND
      left--
      emit.record(KEY, member)
    },
    end: (emit) => emit.record(KEY, found(cutoff)),
  }
}

// A decision: whether it is within, its score and the cutoff (f64 each).
const DECISION_BYTES = 17

function tellingReducer(): Reducer {
  let cutoff = 1
  const decision = new Uint8Array(DECISION_BYTES)
  const written = new DataView(decision.buffer)
  return {
    start() {},
    value(value, emit) {
      if (value[0] === FOUND) {
        cutoff = readFound(value)
        return
      }
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
      const at = 1 + SORT_KEY_BYTES
      const position: Position = { shard: view.getUint32(at), row: view.getUint32(at + 4) }
      decision[0] = value[0]
      written.setFloat64(1, readDescendingKey(value.subarray(1)))
      written.setFloat64(9, cutoff)
      emit.decide(position, decision)
    },
    end() {},
  }
}

function readDecision(decision: Uint8Array): { isWithin: boolean; score: number; cutoff: number } {
  const view = new DataView(decision.buffer, decision.byteOffset, decision.byteLength)
  return { isWithin: decision[0] === WITHIN, score: view.getFloat64(1), cutoff: view.getFloat64(9) }
}

function found(number: number): Uint8Array {
  const record = new Uint8Array(9)
  record[0] = FOUND
  new DataView(record.buffer).setFloat64(1, number)
  return record
}

function readFound(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset, record.byteLength).getFloat64(1)
}
