/** The lines of an ARPA file, through a buffer that moves along, and the fields of an n-gram's line. */
import { ConfigError } from '../errors/errors.js'
import type { ModelFile } from './model-file.js'
import { backoffBits, MISSING_BACKOFF } from './table-builder.js'

const CHUNK_BYTES = 2 ** 20
/** What training can make of its longest line, 64 MiB: an n-gram is part of one. */
const LINE_BYTES_MAX = 2 ** 26 + 2 ** 10

const TAB = 0x09
const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20

export class ArpaLines {
  /** Of the current line: the bytes that hold it, and where it starts and ends. */
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  /** Where the next line begins, in #bytes and in the file. */
  #next = 0
  #bytesAt = 0
  #line = 0
  // Fields of the last n-gram.
  readonly #wordStarts: number[] = []
  readonly #wordEnds: number[] = []
  #probability = 0
  #backoff = MISSING_BACKOFF

  constructor(
    readonly file: ModelFile,
    readonly name: string,
  ) {}

  // ---- lines ----

  /** Goes to the next line. False at the end of the file. */
  next(): boolean {
    let newline = this.#bytes.indexOf(NEWLINE, this.#next)
    if (newline < 0 && this.#bytesAt + this.#bytes.length < this.file.sizeBytes) {
      this.#bytesAt += this.#next
      this.#next = 0
      newline = this.#refill()
    }
    this.#line++
    this.#start = this.#next
    this.#end = newline < 0 ? this.#bytes.length : newline
    this.#next = newline < 0 ? this.#bytes.length : newline + 1
    if (this.#end - this.#start > LINE_BYTES_MAX)
      this.fail(`expected lines of at most ${LINE_BYTES_MAX} bytes, got more`)
    while (this.#end > this.#start && isSpace(this.#bytes[this.#end - 1])) this.#end--
    return newline >= 0 || this.#end > this.#start
  }

  /** Reads from the line's start until its end is there, or the file's, or more than a line may have; place of the end. */
  #refill(): number {
    for (let wantBytes = CHUNK_BYTES; ; wantBytes *= 2) {
      this.#bytes = this.file.read(this.#bytesAt, wantBytes)
      const newline = this.#bytes.indexOf(NEWLINE)
      const isLast = this.#bytesAt + this.#bytes.length >= this.file.sizeBytes
      if (newline >= 0 || isLast || this.#bytes.length > LINE_BYTES_MAX) return newline
    }
  }

  /** Goes to the next line that is not blank; its text, or '' at the end of the file. */
  nextText(): string {
    while (this.next()) if (this.#end > this.#start) return this.text()
    return ''
  }

  /** The line without the spaces behind it; for titles, not for words. */
  text(): string {
    return Buffer.from(this.#bytes.subarray(this.#start, Math.min(this.#end, this.#start + 200))).toString('latin1')
  }

  expect(title: string): void {
    const text = this.nextText()
    if (text !== title)
      this.fail(`expected ${title}, got ${text === '' ? 'the end of the file' : JSON.stringify(text)}`)
  }

  fail(message: string): never {
    throw new ConfigError(`${this.name}: line ${this.#line}: ${message}`)
  }

  // ---- n-grams ----

  /** Reads the next line as an n-gram of `length` words: log10, words, and a back-off unless it is of the longest. */
  nextNgram(length: number, longest: boolean): void {
    if (!this.next()) this.fail(`expected a ${length}-gram, got the end of the file`)
    let at = this.#field(this.#start)
    this.#probability = this.#number(this.#start, at, 'log10 of a probability')
    if (this.#probability > 0) this.fail(`log10 of a probability: expected 0 or less, got ${this.#probability}`)
    for (let i = 0; i < length; i++) {
      const start = this.#skip(at)
      if (start === this.#end) this.fail(`expected a ${length}-gram, got ${JSON.stringify(this.text())}`)
      at = this.#field(start)
      this.#wordStarts[i] = start
      this.#wordEnds[i] = at
    }
    this.#backoff = MISSING_BACKOFF
    const start = this.#skip(at)
    if (start < this.#end) this.#readBackoff(start, length, longest)
  }

  /** log10 of the last n-gram. */
  get probability(): number {
    return this.#probability
  }

  /** Bits of the back-off of the last n-gram. */
  get backoff(): number {
    return this.#backoff
  }

  /** Hands word `i` of the last n-gram to `use`, as bytes[start, end). */
  word<T>(i: number, use: (bytes: Uint8Array, start: number, end: number) => T): T {
    return use(this.#bytes, this.#wordStarts[i], this.#wordEnds[i])
  }

  #readBackoff(start: number, length: number, longest: boolean): void {
    const end = this.#field(start)
    if (this.#skip(end) !== this.#end)
      this.fail(`expected a ${length}-gram and a back-off, got ${JSON.stringify(this.text())}`)
    const backoff = this.#number(start, end, 'back-off')
    if (longest && backoff !== 0) this.fail(`expected no back-off, as no n-gram is longer, got ${backoff}`)
    this.#backoff = backoffBits(backoff)
  }

  /** End of the field that starts at `at`. */
  #field(at: number): number {
    let end = at
    while (end < this.#end && !isSpace(this.#bytes[end])) end++
    return end
  }

  #skip(at: number): number {
    let start = at
    while (start < this.#end && isSpace(this.#bytes[start])) start++
    return start
  }

  /** A finite number in bytes[start, end). Plain decimals, which nearly all are, without making a string. */
  #number(start: number, end: number, what: string): number {
    const bytes = this.#bytes
    const negative = bytes[start] === 0x2d
    const first = negative ? start + 1 : start
    let digits = 0
    let decimals = 0
    let at = first
    for (; at < end && bytes[at] >= 0x30 && bytes[at] <= 0x39; at++) digits = digits * 10 + bytes[at] - 0x30
    if (at > first && bytes[at] === 0x2e) {
      for (at++; at < end && bytes[at] >= 0x30 && bytes[at] <= 0x39; at++) {
        digits = digits * 10 + bytes[at] - 0x30
        decimals++
      }
    }
    if (at === end && at > first && end - first <= 16) {
      const value = digits / POWERS[decimals] // both exact, so the quotient is correctly rounded
      return negative ? -value : value
    }
    const text = Buffer.from(bytes.subarray(start, end)).toString('latin1')
    const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
    if (!Number.isFinite(Math.fround(value)))
      this.fail(`${what}: expected a number, got ${JSON.stringify(text.slice(0, 200))}`)
    return value
  }
}

const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i)

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN
}
