/**
 * SentencePiece's normalization of text before it is split (sentencepiece 0.2, `normalizer.cc`): rewriting rules, longest
 * first, from the model's `precompiled_charsmap`; white space made single, off both ends, and written ▁ (U+2581); one more
 * before the text.
 *
 * A charsmap is, little endian: u32 size in bytes of a double array; the double array, u32 units, whose keys are UTF-8 and
 * whose values are offsets into what follows: replacements, each closed by a NUL. The double array is that of Darts-clone
 * (`darts.h`): a unit holds its own byte in bits 0 to 7, whether a key ends there in bit 8, and the offset to its children,
 * to be combined by exclusive or, in bits 10 to 30, times 256 when bit 9 is set; a unit with bit 31 is a value.
 */
import { ConfigError } from '../errors/errors.js'
import type { ByteTrie } from './byte-trie.js'
import type { NormalizerSpec } from './sentencepiece-file.js'

const SPACE = 0x20
/** ▁ in UTF-8. */
const ESCAPED_SPACE = Uint8Array.of(0xe2, 0x96, 0x81)
const PLAIN_SPACE = Uint8Array.of(SPACE)
/** The longest in the rules that ship with SentencePiece has 33 bytes. */
const REPLACEMENT_BYTES_MAX = 1024
/** Buffers grown beyond this are given back after the text that needed them. */
export const SCRATCH_BYTES_KEPT = 2 ** 22

interface Rules {
  readonly units: Uint32Array
  /** NUL-closed. */
  readonly replacements: Uint8Array
}

export class Normalizer {
  readonly #rules: Rules | null
  readonly #space: Uint8Array
  readonly #encoder = new TextEncoder()
  #input = new Uint8Array(2 ** 16)
  #output = new Uint8Array(2 ** 17)
  #length = 0
  /** What the prefix that was looked at last becomes: #from[#start, #end). */
  #from: Uint8Array = this.#input
  #start = 0
  #end = 0

  /**
   * @param userDefined pieces that rules leave alone, or null
   * @param name of the model file, for messages
   */
  constructor(
    readonly spec: Readonly<NormalizerSpec>,
    readonly whiteSpaceIsSuffix: boolean,
    readonly userDefined: ByteTrie | null,
    name: string,
  ) {
    this.#rules = spec.charsmap.length === 0 ? null : readRules(spec.charsmap, name)
    this.#space = spec.escapeWhiteSpace ? ESCAPED_SPACE : PLAIN_SPACE
  }

  /** UTF-8, valid until the next call. Lone surrogates are U+FFFD. */
  normalize(text: string): Uint8Array {
    if (this.#input.length < text.length * 3) this.#input = new Uint8Array(text.length * 3)
    const inputLength = this.#encoder.encodeInto(text, this.#input).written
    this.#length = 0
    this.#rewrite(inputLength)
    const normalized = this.#output.subarray(0, this.#length)
    if (this.#input.length > SCRATCH_BYTES_KEPT) this.#input = new Uint8Array(2 ** 16)
    if (this.#output.length > SCRATCH_BYTES_KEPT) this.#output = new Uint8Array(2 ** 17)
    this.#from = this.#input
    return normalized
  }

  #rewrite(inputLength: number): void {
    const { removeExtraWhiteSpace, addDummyPrefix } = this.spec
    let at = removeExtraWhiteSpace ? this.#behindLeadingSpace(inputLength) : 0
    if (at === inputLength) return
    if (addDummyPrefix && !this.whiteSpaceIsSuffix) this.#append(this.#space, 0, this.#space.length)
    let behindSpace = removeExtraWhiteSpace
    while (at < inputLength) {
      at += this.#prefix(at, inputLength)
      while (behindSpace && this.#start < this.#end && this.#from[this.#start] === SPACE) this.#start++
      if (this.#start === this.#end) continue
      behindSpace = removeExtraWhiteSpace && this.#from[this.#end - 1] === SPACE
      this.#appendEscaped()
    }
    if (removeExtraWhiteSpace) this.#dropTrailingSpace()
    if (addDummyPrefix && this.whiteSpaceIsSuffix) this.#append(this.#space, 0, this.#space.length)
  }

  #behindLeadingSpace(inputLength: number): number {
    let at = 0
    while (at < inputLength) {
      const consumed = this.#prefix(at, inputLength)
      if (this.#end - this.#start !== 1 || this.#from[this.#start] !== SPACE) break
      at += consumed
    }
    return at
  }

  /** Finds what stands at `at` and what becomes of it. Gives the bytes of input that it takes. */
  #prefix(at: number, inputLength: number): number {
    const input = this.#input
    this.#from = input
    this.#start = at
    const kept = this.userDefined?.longestAt(input, at, inputLength) ?? 0
    const replaced = kept === 0 && this.#rules !== null ? this.#applyRule(this.#rules, at, inputLength) : 0
    if (replaced > 0) return replaced
    const consumed = kept > 0 ? kept : Math.min(characterBytes(input[at] ?? 0), inputLength - at)
    this.#end = at + consumed
    return consumed
  }

  /** The longest rule at `at`: bytes of its key, 0 for none. */
  #applyRule({ units, replacements }: Rules, at: number, inputLength: number): number {
    let longest = 0
    let value = 0
    let position = offsetOf(units[0] ?? 0)
    for (let i = at; i < inputLength; i++) {
      const byte = this.#input[i] ?? 0
      position ^= byte
      const unit = units[position] ?? 0x80000000 // a damaged offset leads nowhere
      if ((unit & 0x800000ff) !== byte) break
      position ^= offsetOf(unit)
      const leaf = units[position] ?? 0
      if ((unit & 0x100) === 0 || leaf < 0x80000000) continue
      longest = i + 1 - at
      value = leaf & 0x7fffffff
    }
    if (longest > 0) {
      this.#from = replacements
      this.#start = value
      this.#end = replacements.indexOf(0, value)
    }
    return longest
  }

  #appendEscaped(): void {
    let from = this.#start
    for (let at = from; at < this.#end; at++) {
      if (this.#from[at] !== SPACE) continue
      this.#append(this.#from, from, at)
      this.#append(this.#space, 0, this.#space.length)
      from = at + 1
    }
    this.#append(this.#from, from, this.#end)
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    if (this.#length + end - start > this.#output.length) {
      const larger = new Uint8Array((this.#length + end - start) * 2)
      larger.set(this.#output.subarray(0, this.#length))
      this.#output = larger
    }
    for (let at = start; at < end; at++) this.#output[this.#length++] = bytes[at] ?? 0
  }

  #dropTrailingSpace(): void {
    const space = this.#space
    while (
      this.#length >= space.length &&
      space.every((byte, i) => this.#output[this.#length - space.length + i] === byte)
    )
      this.#length -= space.length
  }
}

/** Bytes of the character that starts with `lead`; 1 where none starts. */
export function characterBytes(lead: number): number {
  if (lead < 0xc0) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

/** To a unit's children, by exclusive or. */
function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6)
}

function readRules(charsmap: Uint8Array, name: string): Rules {
  const fail = (message: string): never => {
    throw new ConfigError(`${name}: precompiled_charsmap: ${message}`)
  }
  const view = new DataView(charsmap.buffer, charsmap.byteOffset, charsmap.byteLength)
  const unitBytes = charsmap.length < 4 ? 0 : view.getUint32(0, true)
  if (charsmap.length < 4 || unitBytes > charsmap.length - 4 || unitBytes % 4 !== 0 || unitBytes === 0) {
    fail(`expected the size of a double array in ${charsmap.length - 4} bytes, got ${unitBytes}`)
  }
  const units = Uint32Array.from({ length: unitBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
  const replacements = charsmap.subarray(4 + unitBytes)
  if (replacements.length > 0 && replacements.at(-1) !== 0) fail('the last replacement is not closed by a NUL')
  for (let start = 0; start < replacements.length; ) {
    const end = replacements.indexOf(0, start)
    if (end - start > REPLACEMENT_BYTES_MAX) {
      fail(`expected replacements of at most ${REPLACEMENT_BYTES_MAX} bytes, got one of ${end - start}`)
    }
    start = end + 1
  }
  for (const unit of units) {
    if (unit >= 0x80000000 && (unit & 0x7fffffff) >= replacements.length) {
      fail(`a rule leads to byte ${unit & 0x7fffffff} of ${replacements.length} bytes of replacements`)
    }
  }
  return { units, replacements }
}
