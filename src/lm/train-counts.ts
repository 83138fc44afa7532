/**
 * Counting: a chunk of text as word ids, and its n-grams of the highest order, counted and in suffix order. Every n-gram of a
 * lower order is the end of one of these, so one sort serves all orders (Heafield et al. 2013, section 3.1).
 *
 * Suffix order compares the last word first, then the one before it, and so on.
 */
import { BOS, EOS } from './train-vocabulary.js'

/** Fixed-width records of words: a place for the next one is asked for and then filled. */
export interface RecordSink {
  /** Where `slot` points into; changes from call to call. */
  readonly words: Uint32Array
  /** Offset in `words` for one more record. */
  slot(): number
}

/** Word ids of consecutive sentences, each behind `order - 1` times `<s>`. */
export interface Chunk {
  readonly ids: Uint32Array
  /** Ids used. */
  readonly length: number
  /** N-grams that end before this place belong to the chunk before; their words are context. */
  readonly first: number
}

/** Gathers sentences into chunks of a fixed size; a sentence longer than what is left goes on in the next one. */
export class ChunkBuilder {
  private ids: Uint32Array
  private length = 0
  private first = 0

  /** @param take receives each full chunk, which is its own from then on */
  constructor(
    private readonly order: number,
    private readonly size: number,
    private readonly take: (chunk: Chunk) => void,
  ) {
    this.ids = new Uint32Array(size)
  }

  startSentence(): void {
    if (this.length + this.order > this.size) this.give(0)
    for (let i = 1; i < this.order; i++) this.ids[this.length++] = BOS
  }

  word(id: number): void {
    if (this.length === this.size) this.give(this.order - 1)
    this.ids[this.length++] = id
  }

  endSentence(): void {
    this.word(EOS)
  }

  /** Gives what is left. */
  finish(): void {
    if (this.length > this.first) this.take({ ids: this.ids, length: this.length, first: this.first })
  }

  /** `context` ids go on into the next chunk. */
  private give(context: number): void {
    const { ids, length, first } = this
    this.ids = new Uint32Array(this.size)
    this.ids.set(ids.subarray(length - context, length))
    this.length = context
    this.first = context
    this.take({ ids, length, first })
  }
}

/** Columns of an n-gram's words in the order in which suffix order looks at them. */
export function suffixColumns(order: number): number[] {
  return Array.from({ length: order }, (_, i) => order - 1 - i)
}

/** Ids, two arrays of places: what counting a chunk needs, beside a table of the vocabulary's size. */
export const COUNT_BYTES_PER_TOKEN = 12

/**
 * The distinct n-grams of a chunk in suffix order: records of `order` words, first word first, and the count.
 * The sort goes over the places of the chunk, by one counting pass a word, earliest word first.
 */
export function countNgrams(
  { ids, length, first }: Chunk,
  order: number,
  vocabularySize: number,
  sink: RecordSink,
): void {
  let places = new Uint32Array(length - first)
  let count = 0
  for (let place = first; place < length; place++) if (ids[place] !== BOS) places[count++] = place
  let sorted = new Uint32Array(count)
  places = places.subarray(0, count)
  const ends = new Uint32Array(vocabularySize + 1)
  for (let back = order - 1; back >= 0; back--) {
    ends.fill(0)
    // In the order of the text, not of the places: `ids` are read in order.
    for (let place = first; place < length; place++) if (ids[place] !== BOS) ends[ids[place - back] + 1]++
    for (let id = 1; id <= vocabularySize; id++) ends[id] += ends[id - 1]
    for (let i = 0; i < count; i++) {
      const place = places[i]
      sorted[ends[ids[place - back]]++] = place
    }
    const swap = places
    places = sorted
    sorted = swap
  }
  emitRuns(ids, places, order, sink)
}

/** One record for each run of places whose n-grams are equal. */
function emitRuns(ids: Uint32Array, places: Uint32Array, order: number, sink: RecordSink): void {
  for (let i = 0; i < places.length; ) {
    const place = places[i]
    let next = i + 1
    while (next < places.length && sameNgram(ids, place, places[next], order)) next++
    const at = sink.slot()
    const start = place - order + 1
    for (let j = 0; j < order; j++) sink.words[at + j] = ids[start + j]
    sink.words[at + order] = next - i
    i = next
  }
}

function sameNgram(ids: Uint32Array, a: number, b: number, order: number): boolean {
  for (let back = 0; back < order; back++) if (ids[a - back] !== ids[b - back]) return false
  return true
}
