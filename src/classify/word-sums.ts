/**
 * A direct-mapped memo of words and the sums of their rows. A crawl says the same words again and again: most of a page is
 * answered from here, without hashing its n-grams. What is remembered is a pure function of the word, bit for bit, so the
 * memo changes no result, only the time.
 */

const SLOTS = 2 ** 14
/** Longer words are rarely seen twice. */
const WORD_BYTES_MAX = 24

export class WordSums {
  /** Slot `s` holds sums[s * columns …], the sum of `rowCounts[s]` rows. */
  readonly sums: Float32Array
  readonly rowCounts = new Int32Array(SLOTS)
  readonly #hashes = new Int32Array(SLOTS)
  /** 0: a free slot. */
  readonly #lengths = new Uint8Array(SLOTS)
  readonly #words = new Int8Array(SLOTS * WORD_BYTES_MAX)

  constructor(columns: number) {
    this.sums = new Float32Array(SLOTS * columns)
  }

  /** The slot of the word in bytes[start, end), whose hash is `hash`; -1 when it is not there. */
  find(bytes: Int8Array, start: number, end: number, hash: number): number {
    const slot = slotOf(hash)
    if (this.#hashes[slot] !== hash || this.#lengths[slot] !== end - start) return -1
    const from = slot * WORD_BYTES_MAX - start
    for (let i = start; i < end; i++) if (bytes[i] !== this.#words[from + i]) return -1
    return slot
  }

  /** A slot for that word, taken from whichever was there; -1 when the word is too long. The caller fills sum and count. */
  claim(bytes: Int8Array, start: number, end: number, hash: number): number {
    if (end - start > WORD_BYTES_MAX) return -1
    const slot = slotOf(hash)
    this.#hashes[slot] = hash
    this.#lengths[slot] = end - start
    const from = slot * WORD_BYTES_MAX - start
    for (let i = start; i < end; i++) this.#words[from + i] = bytes[i]
    return slot
  }
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1)
}
