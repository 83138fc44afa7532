/**
 * The wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding), as far as reading a message's fields
 * needs it: varints, 64- and 32-bit values, length-delimited ranges; no groups. Every length is checked against what is
 * left. Faults are ConfigErrors that say file, byte, expected, got.
 */
import { ConfigError } from '../errors/errors.js'

export type Field =
  | { readonly kind: 'varint'; readonly number: number; readonly value: bigint }
  | { readonly kind: 'fixed32' | 'fixed64' | 'bytes'; readonly number: number; readonly bytes: Uint8Array }

const VARINT_BYTES_MAX = 10

/** A message that lies in a file: `bytes` are the message's own, `fileOffset` is where they start in the file. */
export class Message {
  #at = 0

  constructor(
    readonly bytes: Uint8Array,
    readonly name: string,
    readonly fileOffset = 0,
  ) {}

  /** The fields in the order written. A field that stands more than once comes more than once. */
  *fields(): Generator<Field, void, void> {
    for (this.#at = 0; this.#at < this.bytes.length; ) {
      const tag = Number(this.#varint('a field'))
      const number = Math.floor(tag / 8)
      if (number < 1 || number >= 2 ** 29) this.fail(`expected a field number of 1 to 2^29 - 1, got ${number}`)
      yield this.#field(number, tag % 8)
    }
  }

  /** The numbers of a packed repeated field, in place of fields. */
  varints(what: string): number[] {
    const values: number[] = []
    for (this.#at = 0; this.#at < this.bytes.length; ) values.push(Number(this.#varint(what)))
    return values
  }

  // ---- a field of the kind that the schema says; `what` names it in messages ----

  innerOf(field: Field, what: string): Message {
    const bytes = this.bytesOf(field, what)
    return new Message(bytes, this.name, this.fileOffset + bytes.byteOffset - this.bytes.byteOffset)
  }

  bytesOf(field: Field, what: string): Uint8Array {
    if (field.kind !== 'bytes') return this.fail(`${what}: expected bytes, got a ${field.kind}`)
    return field.bytes
  }

  textOf(field: Field, what: string): string {
    return Buffer.from(this.bytesOf(field, what)).toString()
  }

  integerOf(field: Field, what: string): number {
    if (field.kind !== 'varint') return this.fail(`${what}: expected a varint, got ${field.kind}`)
    return Number(field.value)
  }

  fail(message: string): never {
    throw new ConfigError(`${this.name}: byte ${this.fileOffset + this.#at}: ${message}`)
  }

  #field(number: number, wireType: number): Field {
    const what = `field ${number}`
    if (wireType === 0) return { kind: 'varint', number, value: this.#varint(what) }
    if (wireType === 1) return { kind: 'fixed64', number, bytes: this.#take(8, what) }
    if (wireType === 5) return { kind: 'fixed32', number, bytes: this.#take(4, what) }
    if (wireType === 2) return { kind: 'bytes', number, bytes: this.#take(Number(this.#varint(what)), what) }
    return this.fail(`${what}: expected wire type 0, 1, 2 or 5, got ${wireType}`)
  }

  #take(length: number, what: string): Uint8Array {
    const left = this.bytes.length - this.#at
    if (length > left) this.fail(`${what} needs ${length} bytes, the message has ${left} left`)
    this.#at += length
    return this.bytes.subarray(this.#at - length, this.#at)
  }

  #varint(what: string): bigint {
    let value = 0n
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.bytes[this.#at]
      if (byte === undefined) return this.fail(`${what}: the message ends inside a number`)
      this.#at++
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    return this.fail(`${what}: a number of more than ${VARINT_BYTES_MAX} bytes`)
  }
}
