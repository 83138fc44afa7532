/**
 * An n-gram model beyond the 4 GiB of one WASM memory, made and scored: a trigram model in KenLM's probing form over a
 * graph of words, where each of 2^bits words has so many successors, all paths of two and three words are its n-grams, and
 * numbers come from a hash. Loads it (into several shared buffers), scores random walks as lines, and holds every token to
 * KenLM's number, with `--peers PYTHON` (one that has the kenlm module).
 *
 *     npm run build && node bench/lm-large.js [--bits 20] [--successors 14] [--peers PYTHON]
 *
 * By default 220 million n-grams: a file of 4.1 GB in a temporary folder, removed at the end, and 4.7 GB of tables.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { probingBuckets } from '../dist/src/lm/kenlm-header.js'
import { viewTables } from '../dist/src/lm/model-tables.js'
import { extendHigh, extendLow, wordHigh, wordLow } from '../dist/src/lm/ngram-key.js'
import { buildModel, openModel } from '../dist/src/lm/ngram-model.js'

const { values } = parseArgs({
  options: {
    bits: { type: 'string', default: '20' },
    successors: { type: 'string', default: '14' },
    make: { type: 'string' },
    peers: { type: 'string' },
  },
})
const wordCount = 2 ** Number(values.bits)
const successors = Number(values.successors)
const counts = [wordCount, wordCount * successors, wordCount * successors ** 2]
const MULTIPLIER = 1.5

/** Distinct for distinct k, and each word has as many predecessors. */
const successor = (word, k) => (word * 7 + 1 + k * 54_321) & (wordCount - 1)
const wordText = (id) => ['<unk>', '<s>', '</s>'][id] ?? `w${id.toString(36)}`

/** An integer below 2^32 from some others. */
function hash(...numbers) {
  let state = 0x9e3779b9
  for (const number of numbers) {
    state = Math.imul(state ^ number, 0x85ebca6b)
    state ^= state >>> 13
    state = Math.imul(state, 0xc2b2ae35)
    state ^= state >>> 16
  }
  return state >>> 0
}

// ---- the file, as kenlm-binary.ts says ----

const float = new Float32Array(1)
const floatBits = new Uint32Array(float.buffer)
/** Bits of a log10 in (-4, -1], its sign bit clear where longer n-grams end with this one. */
function logBits(seed, extends_) {
  float[0] = -1 - seed / 2 ** 32 / 0.34
  return extends_ ? floatBits[0] & 0x7fffffff : floatBits[0]
}

/** MurmurHash64A, by which KenLM finds words. */
function murmur64(bytes) {
  const m = 0xc6a4a7935bd1e995n
  const mask = 0xffffffffffffffffn
  let h = (BigInt(bytes.length) * m) & mask
  const end = bytes.length & ~7
  for (let at = 0; at < end; at += 8) {
    let k = (bytes.readBigUInt64LE(at) * m) & mask
    k = ((k ^ (k >> 47n)) * m) & mask
    h = ((h ^ k) * m) & mask
  }
  if (end < bytes.length) {
    let tail = 0n
    for (let at = bytes.length - 1; at >= end; at--) tail = (tail << 8n) | BigInt(bytes[at])
    h = ((h ^ tail) * m) & mask
  }
  h = ((h ^ (h >> 47n)) * m) & mask
  return h ^ (h >> 47n)
}

/** key mod buckets, in steps that stay exact. */
function bucketOf(high, low, buckets) {
  let rest = modulo(high >>> 0, buckets)
  rest = modulo(rest * 65536 + (low >>> 16), buckets)
  return modulo(rest * 65536 + (low & 0xffff), buckets)
}

function modulo(a, b) {
  const rest = a - Math.floor(a / b) * b
  if (rest < 0) return rest + b
  return rest >= b ? rest - b : rest
}

/** A hash table with linear probing, entries of `stride` u32 that begin with the key, lower half first. */
function* table(count, stride, entries) {
  const buckets = probingBuckets(count, MULTIPLIER)
  const words = new Uint32Array(buckets * stride)
  entries((high, low, ...rest) => {
    let bucket = bucketOf(high, low, buckets)
    while (words[bucket * stride] !== 0 || words[bucket * stride + 1] !== 0) {
      bucket++
      if (bucket === buckets) bucket = 0
    }
    const at = bucket * stride
    words[at] = low
    words[at + 1] = high
    for (let i = 0; i < rest.length; i++) words[at + 2 + i] = rest[i]
  })
  yield words
}

function* modelFile() {
  const header = Buffer.alloc(136) // 108 and a count of 8 bytes an order, padded to 8
  header.write('mmap lm http://kheafield.com/code format version 5\n')
  for (const [i, value] of [0, 1, -0.5].entries()) header.writeFloatLE(value, 56 + 4 * i)
  header.writeUInt32LE(1, 68)
  header.writeUInt32LE(0xffffffff, 72)
  header.writeUInt32LE(1, 80)
  header.writeUInt8(3, 88)
  header.writeFloatLE(MULTIPLIER, 92)
  header.writeUInt8(1, 100)
  for (const [n, count] of counts.entries()) header.writeUIntLE(count, 108 + 8 * n, 6)
  yield header
  yield Uint32Array.of(0, wordCount)
  yield* table(wordCount, 3, (add) => {
    for (let id = 1; id < wordCount; id++) {
      const key = murmur64(Buffer.from(wordText(id)))
      add(Number(key >> 32n), Number(key & 0xffffffffn), id)
    }
  })
  const unigrams = new Uint32Array(2 * (wordCount + 1))
  for (let id = 0; id < wordCount; id++) {
    unigrams[2 * id] = logBits(hash(id), true)
    unigrams[2 * id + 1] = logBits(hash(id, 1), false)
  }
  yield unigrams
  yield* table(counts[1], 4, (add) => {
    for (let u = 0; u < wordCount; u++) {
      for (let i = 0; i < successors; i++) {
        const v = successor(u, i)
        const backoff = logBits(hash(u, v, 2), false)
        add(extendHigh(0, v, wordHigh(u)), extendLow(v, wordLow(u)), logBits(hash(u, v), true), backoff)
      }
    }
  })
  yield* table(counts[2], 3, (add) => {
    for (let v = 0; v < wordCount; v++) {
      for (let j = 0; j < successors; j++) {
        const w = successor(v, j)
        const high = extendHigh(0, w, wordHigh(v))
        const low = extendLow(w, wordLow(v))
        for (let k = 0; k < successors; k++) addPath(add, high, low, predecessor(v, k), v, w)
      }
    }
  })
  yield Buffer.from(Array.from({ length: wordCount }, (_, id) => `${wordText(id)}\0`).join(''))
}

/** The k-th u with `word` among its successors. */
function predecessor(word, k) {
  return Math.imul(word - 1 - k * 54_321, INVERSE_OF_7) & (wordCount - 1)
}
/** mod 2^32 */
const INVERSE_OF_7 = 0xb6db6db7

function addPath(add, high, low, u, v, w) {
  add(extendHigh(high, low, wordHigh(u)), extendLow(low, wordLow(u)), logBits(hash(u, v, w), false))
}

function make(path) {
  const file = openSync(path, 'w')
  for (const part of modelFile()) {
    const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
    for (let at = 0; at < bytes.length; at += 2 ** 26) writeSync(file, bytes, at, Math.min(2 ** 26, bytes.length - at))
  }
  closeSync(file)
}

// ---- scoring ----

/** Walks along the graph that leave it now and then. */
function randomLines(count, length) {
  let state = 1
  const below = (limit) => {
    state = hash(state, 77)
    return state % limit
  }
  return Array.from({ length: count }, () => {
    let word = below(wordCount)
    return Array.from({ length }, () => {
      word = below(5) === 0 ? below(wordCount) : successor(word, below(successors))
      return below(50) === 0 ? 'none' : wordText(word)
    }).join(' ')
  })
}

function cpuSeconds(work) {
  const start = process.cpuUsage()
  const value = work()
  const { user, system } = process.cpuUsage(start)
  return [value, (user + system) / 1e6]
}

function openFile(path) {
  const file = openSync(path, 'r')
  let window = Buffer.alloc(0)
  return {
    sizeBytes: statSync(path).size,
    read(offset, length) {
      if (window.length < length) window = Buffer.alloc(length)
      return window.subarray(0, readSync(file, window, 0, length, offset))
    },
  }
}

function measure(path) {
  const [shared, loadSeconds] = cpuSeconds(() => buildModel(openFile(path), 'large model'))
  const tables = viewTables(shared)
  const sizeBytes = tables.reduce((sum, { byteLength }) => sum + byteLength, 0)
  console.log(
    JSON.stringify({ fileBytes: statSync(path).size, tableBytes: sizeBytes, buffers: shared.length, loadSeconds }),
  )
  const lines = randomLines(5000, 20)
  const tokens = lines.length * 21
  const model = openModel(shared)
  for (let pass = 0; pass < 3; pass++) {
    const [, seconds] = cpuSeconds(() => lines.map((line) => model.scoreLine(line)))
    console.log(JSON.stringify({ mtokensPerCpuSecond: Number((tokens / seconds / 1e6).toFixed(2)) }))
  }
  if (values.peers === undefined) return
  const script = fileURLToPath(new URL('./lm-large.py', import.meta.url))
  const { stdout } = spawnSync(values.peers, [script, path], { input: lines.join('\n'), maxBuffer: 2 ** 28 })
  compare(model, lines, stdout.toString().trimEnd().split('\n'))
}

function compare(model, lines, answers) {
  let worst = 0
  let differing = 0
  for (const [i, line] of lines.entries()) {
    const expected = JSON.parse(answers[i])
    const got = []
    model.score(line.split(' '), (log10, length) => got.push([log10, length]))
    for (const [k, [log10, length]] of got.entries()) {
      worst = Math.max(worst, Math.abs(log10 - expected[k][0]))
      if (length !== expected[k][1]) differing++
    }
  }
  console.log(answers.at(-1))
  console.log(JSON.stringify({ lines: lines.length, largestLog10Difference: worst, differingNgramLengths: differing }))
}

if (values.make !== undefined) make(values.make)
else {
  const folder = mkdtempSync(join(tmpdir(), 'lm-large-'))
  try {
    const path = join(folder, 'large.binary')
    // In a process of its own, whose memory is free afterwards.
    const args = ['--make', path, '--bits', values.bits, '--successors', values.successors]
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' })
    if (status !== 0) throw new Error('could not make the model')
    measure(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
