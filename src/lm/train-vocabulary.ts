/**
 * Words of a training text as numbers, by first appearance, looked up by their UTF-8 bytes: no string is made a token.
 * Ids 0, 1 and 2 are `<unk>`, `<s>` and `</s>`, as in KenLM.
 */

export const UNK = 0
export const BOS = 1
export const EOS = 2

const SPECIAL = ['<unk>', '<s>', '</s>']
const encoder = new TextEncoder()
/** What KenLM takes for `<unk>` too. */
const UNK_UPPER = encoder.encode('<UNK>')

/** Words in id order: word i is bytes[starts[i]] … bytes[starts[i + 1] - 1]. In shared memory, for all workers. */
export interface WordTable {
  readonly size: number
  readonly bytes: Uint8Array
  readonly starts: Float64Array
}

export class TrainingVocabulary {
  private bytes = new Uint8Array(2 ** 16)
  private starts = new Float64Array(2 ** 12)
  private hashes = new Uint32Array(2 ** 12)
  /** Open addressing: id + 1, 0 is free. At most half full. */
  private slots = new Uint32Array(2 ** 13)
  private count = 0

  constructor() {
    for (const word of SPECIAL) {
      const bytes = encoder.encode(word)
      this.idOf(bytes, 0, bytes.length, bytes.reduce(hashByte, HASH_START))
    }
  }

  get size(): number {
    return this.count
  }

  /** The id of the word in `text` from `start` to `end`; a new one for a new word. `sum` is FNV-1a of its bytes. */
  idOf(text: Uint8Array, start: number, end: number, sum: number): number {
    const hash = mixed(sum)
    const mask = this.slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] - 1
      if (id < 0) return this.add(text, start, end, hash, slot)
      if (this.hashes[id] === hash && this.isWord(id, text, start, end)) return id
    }
  }

  /** `<s>`, `</s>` and `<unk>` mean something to a model: they can't be words of a text. */
  isSpecial(id: number): boolean {
    return id <= EOS
  }

  table(): WordTable {
    const bytes = new Uint8Array(new SharedArrayBuffer(this.starts[this.count]))
    bytes.set(this.bytes.subarray(0, bytes.length))
    const starts = new Float64Array(new SharedArrayBuffer(8 * (this.count + 1)))
    starts.set(this.starts.subarray(0, this.count + 1))
    return { size: this.count, bytes, starts }
  }

  private isWord(id: number, text: Uint8Array, start: number, end: number): boolean {
    const from = this.starts[id]
    if (this.starts[id + 1] - from !== end - start) return false
    const shift = from - start
    for (let i = start; i < end; i++) if (this.bytes[i + shift] !== text[i]) return false
    return true
  }

  private add(text: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const length = end - start
    if (length === UNK_UPPER.length && UNK_UPPER.every((byte, i) => byte === text[start + i])) return UNK
    const from = this.starts[this.count]
    if (from + length > this.bytes.length) this.bytes = grown(this.bytes, Uint8Array, from + length)
    if (this.count + 2 > this.starts.length) {
      this.starts = grown(this.starts, Float64Array, this.count + 2)
      this.hashes = grown(this.hashes, Uint32Array, this.count + 2)
    }
    this.bytes.set(text.subarray(start, end), from)
    this.hashes[this.count] = hash
    this.starts[++this.count] = from + length
    this.slots[slot] = this.count
    if (this.count * 2 > this.slots.length) this.rehash()
    return this.count - 1
  }

  private rehash(): void {
    const slots = new Uint32Array(this.slots.length * 2)
    const mask = slots.length - 1
    for (let id = 0; id < this.count; id++) {
      let slot = this.hashes[id] & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id + 1
    }
    this.slots = slots
  }
}

/** FNV-1a, a byte at a time, so that words are hashed while their ends are looked for. */
export const HASH_START = 0x811c9dc5
export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193)
}

/** The table looks at the low bits. */
function mixed(sum: number): number {
  const hash = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

interface Growable<T> {
  readonly length: number
  set(from: T): void
}

function grown<T extends Growable<T>>(array: T, type: new (length: number) => T, atLeast: number): T {
  const larger = new type(Math.max(atLeast, array.length * 2))
  larger.set(array)
  return larger
}
