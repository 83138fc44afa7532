/** Sentences of a training text as word ids, cut where lmplz cuts: at spaces, tabs, line ends and NULs, nothing else. */
import { isUtf8 } from 'node:buffer'
import type { ChunkBuilder } from './train-counts.js'
import { HASH_START, hashByte, type TrainingVocabulary } from './train-vocabulary.js'

const IS_SPACE = new Uint8Array(256)
for (const byte of [0, 9, 10, 13, 32]) IS_SPACE[byte] = 1

export class SentenceReader {
  sentenceCount = 0
  tokenCount = 0
  /** Tokens that were passed over as white space: `<s>`, `</s>` or `<unk>` in the text. */
  specialCount = 0
  /** Sentences with bytes that are no UTF-8; each stretch of them became U+FFFD. */
  invalidCount = 0
  /** How often each word occurs, by id. */
  private uses = new Float64Array(1024)

  constructor(
    private readonly vocabulary: TrainingVocabulary,
    private readonly chunks: ChunkBuilder,
  ) {}

  /** One sentence; one without tokens is a sentence too. */
  add(line: Uint8Array): void {
    let bytes = line
    if (!isUtf8(bytes)) {
      this.invalidCount++
      bytes = Buffer.from(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8'))
    }
    const { vocabulary, chunks } = this
    const { length } = bytes
    chunks.startSentence()
    for (let at = 0; at < length; ) {
      if (IS_SPACE[bytes[at]] === 1) {
        at++
        continue
      }
      const start = at
      let sum = HASH_START
      do sum = hashByte(sum, bytes[at++])
      while (at < length && IS_SPACE[bytes[at]] === 0)
      const id = vocabulary.idOf(bytes, start, at, sum)
      if (vocabulary.isSpecial(id)) this.specialCount++
      else {
        if (id >= this.uses.length) this.growUses(id)
        this.uses[id]++
        this.tokenCount++
        chunks.word(id)
      }
    }
    chunks.endSentence()
    this.sentenceCount++
  }

  /**
   * Cuts the vocabulary into `parts` ranges of ids of about as many tokens each: the first id of every range, and behind
   * the last one the vocabulary's size.
   */
  wordRanges(parts: number): number[] {
    const bounds = [0]
    let seen = 0
    for (let id = 0; id < this.vocabulary.size; id++) {
      if (seen >= (this.tokenCount * bounds.length) / parts && id > (bounds.at(-1) ?? 0)) bounds.push(id)
      seen += this.uses[id] ?? 0
    }
    return [...bounds, this.vocabulary.size]
  }

  private growUses(id: number): void {
    const larger = new Float64Array(Math.max(id + 1, this.uses.length * 2))
    larger.set(this.uses)
    this.uses = larger
  }
}
