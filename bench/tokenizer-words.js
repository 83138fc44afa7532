/**
 * Writes text with very many distinct words, to train tokenizers on that do not fit in memory.
 *
 *     node bench/tokenizer-words.js OUT.txt [--megabytes 2000] [--distinct 50] [--seed 1]
 *
 * --distinct is in millions, at the least. Words are syllables. Common ones follow Zipf's law, as in any language; each of
 * the others comes once, as names, numbers and mistakes do in a crawl. The same options give the same bytes.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    megabytes: { type: 'string', default: '2000' },
    distinct: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
})
if (positionals.length !== 1) throw new Error('call: node bench/tokenizer-words.js OUT.txt')
const sizeBytes = Number(values.megabytes) * 1e6
const rareWords = Number(values.distinct) * 1e6

/** A consonant, then vowels: so a word is one way only made of syllables. */
const CONSONANTS = 'bcdfghjklmnprstv'
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'y', 'ai', 'au', 'ea', 'ee', 'ei', 'ie', 'io', 'oa', 'oo', 'ou']
const SYLLABLES = [...CONSONANTS].flatMap((consonant) => VOWELS.map((vowel) => Buffer.from(consonant + vowel)))
const COMMON_WORDS = 50_000
const LINE_BYTES = 100
const BUFFER_BYTES = 2 ** 22

let state = Number(values.seed) >>> 0
/** mulberry32 (public domain, Tommy Ettinger). */
function random() {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

const common = Array.from({ length: COMMON_WORDS }, (_, rank) => {
  // Frequent words are short.
  const syllables = 1 + Math.floor(Math.log2(rank + 2) / 6) + (random() < 0.5 ? 1 : 0)
  return Buffer.concat(Array.from({ length: syllables }, () => SYLLABLES[Math.floor(256 * random() ** 2)]))
})

const file = openSync(positionals[0], 'w')
const buffer = Buffer.alloc(BUFFER_BYTES + 1024)
let at = 0
let written = 0
let rare = 0
let lineStart = 0
while (written + at < sizeBytes) {
  // As many rare words as bytes have been written.
  if (rare / rareWords < (written + at) / sizeBytes) {
    // Odd times anything is a permutation of the 32-bit numbers; its four bytes are four syllables.
    let number = Math.imul(rare++, 0x9e3779b1) >>> 0
    for (let i = 0; i < 4; i++, number >>>= 8) at += SYLLABLES[number & 255].copy(buffer, at)
  } else at += common[Math.floor(COMMON_WORDS ** random()) - 1].copy(buffer, at)
  const isLineEnd = at - lineStart > LINE_BYTES
  buffer[at++] = isLineEnd ? 0x0a : 0x20
  if (isLineEnd) lineStart = at
  if (at >= BUFFER_BYTES) flush()
}
flush()
closeSync(file)
console.log(`${positionals[0]}: ${written} bytes, ${rare} words that come once`)

function flush() {
  writeSync(file, buffer, 0, at)
  written += at
  lineStart -= at
  at = 0
}
