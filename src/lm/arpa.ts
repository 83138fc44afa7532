/**
 * Reads ARPA files (SRILM's ngram-format(5)): `\data\`, the counts, a section an order, `\end\`. Line by line, with
 * memory for the tables only. As the format says, a back-off may be left out where no longer n-gram begins with the
 * n-gram. As in KenLM, a missing `<unk>` gets log10 -100, and an n-gram that is lacking although a longer one ends with it
 * gets what backing off gives.
 */
import { ArpaLines } from './arpa-lines.js'
import { floatBits, SIGN } from './layout.js'
import type { ModelFile } from './model-file.js'
import type { SharedModel } from './model-tables.js'
import { backoffBits, checkOrder, TableBuilder } from './table-builder.js'
import { hashWordBytes, type WordHash } from './word-hash.js'

/** KenLM's unknown_missing_logprob. */
const UNKNOWN_LOG10 = -100
const SPECIALS = ['<s>', '</s>', '<unk>', '<UNK>']

export function readArpa(file: ModelFile, name: string): SharedModel {
  const lines = new ArpaLines(file, name)
  const counts = readCounts(lines)
  const { builder, beginId, endId } = readUnigrams(lines, counts)
  for (let n = 2; n <= counts.length; n++) {
    lines.expect(`\\${n}-grams:`)
    readNgrams(lines, counts, n, builder)
  }
  lines.expect('\\end\\')
  return builder.finish(beginId, endId)
}

/** From `\data\` to the first section's title. The shortest line of n words, a letter each, takes 2 n + 2 bytes. */
function readCounts(lines: ArpaLines): number[] {
  let text = lines.nextText()
  while (text !== '' && text !== '\\data\\') text = lines.nextText()
  if (text === '') lines.fail('expected \\data\\, got the end of the file')
  const counts: number[] = []
  let leastBytes = 0
  for (;;) {
    text = lines.nextText()
    const match = /^ngram +(\d+) *= *(\d+)$/.exec(text)
    if (match === null) break
    const n = counts.length + 1
    if (Number(match[1]) !== n) lines.fail(`expected the number of ${n}-grams, got ${JSON.stringify(text)}`)
    counts.push(Number(match[2]))
    leastBytes += Number(match[2]) * (2 * n + 2)
    if (leastBytes > lines.file.sizeBytes) {
      lines.fail(
        `${match[2]} ${n}-grams: with these the file takes ${leastBytes} bytes or more, it has ${lines.file.sizeBytes}`,
      )
    }
  }
  checkOrder(counts.length, lines.name)
  if (text !== '\\1-grams:') lines.fail(`expected \\1-grams:, got ${JSON.stringify(text)}`)
  return counts
}

/** Ids follow the file's order, but for `<unk>`, which is 0 wherever it stands. */
function readUnigrams(
  lines: ArpaLines,
  counts: readonly number[],
): { builder: TableBuilder; beginId: number; endId: number } {
  const hash: WordHash = { high: 0, low: 0 }
  const entries = new Uint32Array(4 * (counts[0] + 1)) // by id: hash, probability, back-off
  entries.set([0, 0, floatBits(UNKNOWN_LOG10), backoffBits(0)])
  const specials = new Map<string, number>()
  let wordCount = 1
  for (let i = 0; i < counts[0]; i++) {
    lines.nextNgram(1, false)
    const special = lines.word(0, specialWord)
    const name = special === '<UNK>' ? '<unk>' : special
    const id = name === '<unk>' ? 0 : wordCount++
    if (name !== null) {
      if (specials.has(name)) lines.fail(`${special} is there twice`)
      specials.set(name, id)
    }
    lines.word(0, (bytes, start, end) => hashWordBytes(bytes, start, end, hash))
    entries.set([hash.high, hash.low, (floatBits(lines.probability) | SIGN) >>> 0, lines.backoff], 4 * id)
  }
  const [beginId, endId] = ['<s>', '</s>'].map((word) => {
    return specials.get(word) ?? lines.fail(`expected ${word} among the 1-grams, got none`)
  })
  let ngrams = 0
  for (let n = 2; n <= counts.length; n++) ngrams += counts[n - 1]
  const builder = new TableBuilder(counts.length, wordCount, ngrams, lines.name)
  for (let id = 0; id < wordCount; id++) {
    const [high, low, probability, backoff] = entries.subarray(4 * id, 4 * id + 4)
    builder.setUnigram(id, probability, backoff)
    if (id > 0 && !builder.addWord({ high, low }, id))
      lines.fail(`one of the 1-grams above is there twice, as word ${id} too`)
  }
  return { builder, beginId, endId }
}

function readNgrams(lines: ArpaLines, counts: readonly number[], length: number, builder: TableBuilder): void {
  const hash: WordHash = { high: 0, low: 0 }
  const ids = new Uint32Array(length)
  const findId = (bytes: Uint8Array, start: number, end: number): number => {
    hashWordBytes(bytes, start, end, hash)
    const id = builder.wordId(hash)
    return id < 0 && isUnknown(specialWord(bytes, start, end)) ? 0 : id
  }
  for (let i = 0; i < counts[length - 1]; i++) {
    lines.nextNgram(length, length === counts.length)
    for (let k = 0; k < length; k++) {
      const id = lines.word(k, findId)
      if (id < 0) lines.fail(`word ${k + 1} of ${JSON.stringify(lines.text())} is not among the 1-grams`)
      ids[k] = id
    }
    const fault = builder.add(ids, length, lines.probability, lines.backoff)
    if (fault !== null) lines.fail(`${JSON.stringify(lines.text())} ${fault}`)
  }
}

function specialWord(bytes: Uint8Array, start: number, end: number): string | null {
  if (bytes[start] !== 0x3c || end - start > 5) return null
  const word = Buffer.from(bytes.subarray(start, end)).toString('latin1')
  return SPECIALS.includes(word) ? word : null
}

function isUnknown(word: string | null): boolean {
  return word === '<unk>' || word === '<UNK>'
}
