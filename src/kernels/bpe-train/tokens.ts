/** What tokens are made of, for `reference.ts`. */
import { FIRST_MERGE, type LearnerOptions, type Merges } from './learner.js'

export class Tokens {
  merges: number
  /** Bytes of each symbol's token. */
  readonly lengths: Uint32Array
  private readonly lefts: Uint32Array
  private readonly rights: Uint32Array
  private readonly counts: Float64Array
  private readonly byteOfSymbol = new Uint8Array(FIRST_MERGE)
  private readonly forbidden: readonly Uint8Array[]

  constructor({ mergesMax, symbolOfByte, forbidden, before }: LearnerOptions) {
    this.lengths = new Uint32Array(FIRST_MERGE + mergesMax).fill(1, 0, FIRST_MERGE)
    this.lefts = new Uint32Array(mergesMax)
    this.rights = new Uint32Array(mergesMax)
    this.counts = new Float64Array(mergesMax)
    for (const [byte, symbol] of symbolOfByte.entries()) this.byteOfSymbol[symbol] = byte
    this.forbidden = forbidden
    this.merges = 0
    for (let i = 0; i < before.lefts.length; i++) this.add(before.lefts[i], before.rights[i], before.counts[i])
  }

  /** The symbol of a new merge. */
  add(left: number, right: number, count: number): number {
    const merge = this.merges++
    this.lefts[merge] = left
    this.rights[merge] = right
    this.counts[merge] = count
    this.lengths[FIRST_MERGE + merge] = this.lengths[left] + this.lengths[right]
    return FIRST_MERGE + merge
  }

  learned(): Merges {
    const { lefts, rights, counts, merges } = this
    return { lefts: lefts.slice(0, merges), rights: rights.slice(0, merges), counts: counts.slice(0, merges) }
  }

  isForbidden(left: number, right: number): boolean {
    const length = this.lengths[left] + this.lengths[right]
    const same = this.forbidden.filter((bytes) => bytes.length === length)
    if (same.length === 0) return false
    const pair = Buffer.concat([this.bytes(left), this.bytes(right)])
    return same.some((bytes) => pair.equals(bytes))
  }

  /** Order of two tokens' byte strings: negative, 0 or positive. */
  compare(a: number, b: number): number {
    return a === b ? 0 : Buffer.compare(this.bytes(a), this.bytes(b))
  }

  private bytes(token: number): Uint8Array {
    const bytes = new Uint8Array(this.lengths[token])
    const stack = [token]
    for (let at = 0, symbol = stack.pop(); symbol !== undefined; symbol = stack.pop()) {
      if (symbol < FIRST_MERGE) bytes[at++] = this.byteOfSymbol[symbol]
      else stack.push(this.rights[symbol - FIRST_MERGE], this.lefts[symbol - FIRST_MERGE])
    }
    return bytes
  }
}
