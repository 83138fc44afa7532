/**
 * A text as tokens that stretches are compared by: runs without white space, and in scripts written without spaces single letters
 * with their marks, so that nothing is cut inside a word or a character. Two tokens are equal when their characters are; white space between
 * tokens is not compared.
 */
import { mix32 } from '../text/hash.js'
import { isWhite } from '../text/lines.js'
import { isSpaceless } from './letters.js'

/** First unit of the lowest script that is written without spaces (Thai); all below are not looked up. */
const SPACELESS_FROM = 0x0e00

const COMBINING = /\p{M}/u

export class Tokens {
  private starts = new Int32Array(1024)
  private ends = new Int32Array(1024)
  high = new Uint32Array(1024)
  low = new Uint32Array(1024)
  count = 0

  constructor(text: string) {
    let start = -1
    let alone = false
    let [a, b] = [0, 0]
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      const isGap = isWhite(unit)
      const codePoint = unit < SPACELESS_FROM ? unit : (text.codePointAt(at) as number) // within the text
      const single = codePoint >= SPACELESS_FROM && isSpaceless(codePoint)
      const ends = isGap || single || (alone && !COMBINING.test(String.fromCodePoint(codePoint)))
      if (start >= 0 && ends) {
        this.add(start, at, a, b)
        start = -1
      }
      if (isGap) continue
      if (start < 0) {
        start = at
        alone = single
        a = 0x811c9dc5
        b = 0x2c1b3c6d
      }
      a = Math.imul(a ^ codePoint, 0x01000193)
      b = (Math.imul(b, 31) + codePoint) | 0
      if (codePoint > 0xffff) at++
    }
    if (start >= 0) this.add(start, text.length, a, b)
  }

  /** [start, end, start, end …] in UTF-16 units. */
  ranges(): number[] {
    const ranges: number[] = []
    for (let i = 0; i < this.count; i++) ranges.push(this.starts[i], this.ends[i])
    return ranges
  }

  /** Both hashes of all tokens (4 bytes each, little endian): first all of one kind, then all of the other. */
  encode(): Uint8Array {
    const all = new Uint32Array(this.count * 2)
    all.set(this.high.subarray(0, this.count), 0)
    all.set(this.low.subarray(0, this.count), this.count)
    return new Uint8Array(all.buffer)
  }

  private add(start: number, end: number, a: number, b: number): void {
    const i = this.count++
    if (i === this.starts.length) this.grow()
    this.starts[i] = start
    this.ends[i] = end
    this.high[i] = mix32(a)
    this.low[i] = mix32(b ^ 0x5bd1e995)
  }

  private grow(): void {
    const size = this.starts.length * 2
    const widened = <T extends Int32Array | Uint32Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    this.starts = widened(this.starts, new Int32Array(size))
    this.ends = widened(this.ends, new Int32Array(size))
    this.high = widened(this.high, new Uint32Array(size))
    this.low = widened(this.low, new Uint32Array(size))
  }
}
