/**
 * Trains a byte-level BPE tokenizer on the documents that are left, for stages behind it (`{ from: train-tokenizer }`) and
 * for the user: `artifacts/STAGE/tokenizer.json`, in Hugging Face's form. Words are counted while the pass before runs and
 * summed on disk; merges are learned in one task, in memory. More distinct words than fit there: `millrace tokenizer train`
 * on the run's documents, which learns the same within any memory.
 */
import { createHash } from 'node:crypto'
import { ConfigError } from '../src/errors/errors.js'
import { DIGITS, PATTERNS, type Pattern } from '../src/kernels/pretokens/index.js'
import { eachRecord } from '../src/kernels/word-count/index.js'
import { integer, listOf, type OptionValues, oneOf, size, string } from '../src/stage/options.js'
import { keep } from '../src/stage/outcome.js'
import { type Collect, type CollectEmit, defineStage, type Reducer, type RoundResources } from '../src/stage/stage.js'
import type { SplitStep } from '../src/tokenizer/model.js'
import { textCutter } from '../src/tokenizer/pieces.js'
import { writeTokenizerJson } from '../src/tokenizer/tokenizer-json-write.js'
import { type BpeTraining, mergeLimits, trainBpe } from '../src/tokenizer/train.js'
import { WordCounter } from '../src/tokenizer/word-counts.js'

const OPTIONS = {
  vocabularySize: integer({
    default: 32_768,
    min: 1,
    max: 2 ** 21,
    unit: 'tokens',
    meaning: 'tokens, special ones and bytes included.',
  }),
  pattern: string({
    default: 'gpt2',
    meaning: `how text is cut into words: ${PATTERNS.join(', ')}, or a regular expression of your own.`,
  }),
  digits: oneOf(DIGITS, { default: 'own', meaning: 'digits as the pattern has them, one by one, or up to three.' }),
  specialTokens: listOf(string({ meaning: 'a token' }), {
    default: ['<|endoftext|>'],
    meaning: 'special tokens, which get the first ids.',
  }),
  minimumFrequency: integer({ default: 1, min: 0, meaning: 'least count of a pair that becomes a token.' }),
  longestToken: integer({ default: 65_536, min: 1, max: 65_536, unit: 'bytes', meaning: 'longest token.' }),
  alphabet: oneOf(['all', 'seen'], {
    default: 'all',
    meaning: 'a token for each byte, or only for those in the text.',
  }),
  ties: oneOf(['lowest-ids', 'greatest-bytes'], {
    default: 'lowest-ids',
    meaning: 'of pairs that count the same: the lowest ids, as Hugging Face, or the greatest byte strings.',
  }),
  memory: size({
    default: 2 ** 30,
    min: 64 * 2 ** 20,
    meaning: 'for learning merges, in one task.',
  }),
}

type Options = OptionValues<typeof OPTIONS>

const ARTIFACT = 'tokenizer.json'
/** Beside it: what it was trained on, and whether there were as many merges as wanted. */
const TRAINING = 'training.json'
/** Of a worker's table of words: what it gives out at once, when it is full, stays small. */
const COUNTING_BYTES = 2 ** 24

// A record's key is a word behind a 0, or behind a 1 the SHA-256 of one too long for a key; its value is the count as a
// double, behind which comes the word of the latter kind.
const WORD = 0
const DIGEST = 1
const WORD_KEY_BYTES_MAX = 1024
const COUNT_BYTES = 8

export default defineStage({
  kind: 'corpus',
  summary: 'train a BPE tokenizer on the documents that are left',
  source: 'Sennrich et al. 2016, arXiv 1508.07909; ids and ties as Hugging Face tokenizers 0.23',
  options: OPTIONS,
  corpus: {
    artifact: ARTIFACT,
    collect(options) {
      mergeLimits(trainingOf(options)) // tells what is wrong with the options
      return collector(options)
    },
    rounds: [
      { name: 'sum', partitions: 'key', reducer: summingReducer },
      { name: 'learn', partitions: 'one', reducer: learningReducer },
    ],
    settle: () => () => keep(),
  },
})

function trainingOf(options: Options): BpeTraining {
  return { ...options, byteOrder: 'printable' }
}

function splitOf({ pattern, digits }: Options): readonly SplitStep[] {
  const known = PATTERNS.find((name): name is Pattern => name === pattern)
  if (known !== undefined) return [{ kind: 'scanner', pattern: known, digits }]
  if (digits !== 'own')
    throw new ConfigError(`digits: ${digits} goes with a pattern by name; write it into the expression`)
  return [{ kind: 'regex', source: pattern }]
}

// ---- counting ----

function collector(options: Options): Collect {
  const split = textCutter(splitOf(options))
  const emitted: { emit: Pick<CollectEmit, 'record'> | null } = { emit: null }
  const counter = () =>
    new WordCounter(split, COUNTING_BYTES, {
      begin() {},
      take: (_section, records) => emitWords(records, emitted.emit),
      end() {},
    })
  let words = counter()
  const collect: Collect = ({ text }, emit) => {
    emitted.emit = emit
    words.text(text, 1)
  }
  return Object.assign(collect, {
    flush(emit: Pick<CollectEmit, 'record'>) {
      emitted.emit = emit
      words.finish()
      words = counter()
    },
  })
}

function emitWords(records: Uint8Array, emit: Pick<CollectEmit, 'record'> | null): void {
  if (emit === null) throw new Error('words before a document')
  eachRecord(records, (start, end, count) => {
    const word = records.subarray(start, end)
    const isShort = word.length < WORD_KEY_BYTES_MAX
    const value = new Uint8Array(COUNT_BYTES + (isShort ? 0 : word.length))
    new DataView(value.buffer).setFloat64(0, count)
    if (!isShort) value.set(word, COUNT_BYTES)
    emit.record(isShort ? keyOf(WORD, word) : keyOf(DIGEST, createHash('sha256').update(word).digest()), value)
  })
}

function keyOf(kind: number, bytes: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + bytes.length)
  key[0] = kind
  key.set(bytes, 1)
  return key
}

function summingReducer(): Reducer {
  let key = new Uint8Array(0)
  let count = 0
  let word = new Uint8Array(0)
  return {
    start(started) {
      key = started.slice()
      count = 0
      word = new Uint8Array(0)
    },
    value(value) {
      if (count === 0) word = value.slice(COUNT_BYTES)
      count += new DataView(value.buffer, value.byteOffset).getFloat64(0)
    },
    end(emit) {
      const value = new Uint8Array(COUNT_BYTES + word.length)
      new DataView(value.buffer).setFloat64(0, count)
      value.set(word, COUNT_BYTES)
      emit.record(key, value)
    },
  }
}

// ---- learning ----

function learningReducer(options: Options, resources: RoundResources): Reducer {
  const words = new WordRecords()
  const encoder = new TextEncoder()
  let key = new Uint8Array(0)
  return {
    start(started) {
      key = started.slice()
    },
    value(value) {
      const count = new DataView(value.buffer, value.byteOffset).getFloat64(0)
      words.add(key[0] === WORD ? key.subarray(1) : value.subarray(COUNT_BYTES), count)
    },
    end() {},
    finish(emit) {
      const trained = trainBpe(words, trainingOf(options), options.memory, () => resources.tick())
      const json = writeTokenizerJson({
        vocabulary: trained.vocabulary,
        added: trained.added,
        normalization: { kind: 'none' },
        split: splitOf(options),
        prefixSpace: false,
        before: [],
        after: [],
      })
      emit.file(ARTIFACT)(encoder.encode(json))
      const { distinctWords, words: all, textBytes } = words
      const merges = trained.counts.length
      const about = { words: all, distinctWords, textBytes, merges, mergesWanted: trained.mergesWanted }
      emit.file(TRAINING)(encoder.encode(`${JSON.stringify(about)}\n`))
    },
  }
}

/** Words and counts as the trainer reads them: length (LEB128), bytes, count (LEB128). */
class WordRecords {
  readonly records: Uint8Array[] = []
  words = 0
  distinctWords = 0
  textBytes = 0
  private chunk = new Uint8Array(0)
  private used = 0
  private closedBytes = 0

  get recordBytes(): number {
    return this.closedBytes + this.used
  }

  add(word: Uint8Array, count: number): void {
    this.words += count
    this.distinctWords++
    this.textBytes += word.length * count
    const sizeMax = word.length + 2 * LEB128_BYTES_MAX
    if (this.used + sizeMax > this.chunk.length) this.open(Math.max(CHUNK_BYTES, sizeMax))
    this.number(word.length)
    this.chunk.set(word, this.used)
    this.used += word.length
    this.number(count)
    this.records[this.records.length - 1] = this.chunk.subarray(0, this.used)
  }

  private open(sizeBytes: number): void {
    this.closedBytes += this.used
    this.chunk = new Uint8Array(sizeBytes)
    this.used = 0
    this.records.push(this.chunk.subarray(0, 0))
  }

  private number(value: number): void {
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.chunk[this.used++] = (rest % 128) | 0x80
    this.chunk[this.used++] = rest
  }
}

const CHUNK_BYTES = 2 ** 20
/** Of numbers to 2^53. */
const LEB128_BYTES_MAX = 8
