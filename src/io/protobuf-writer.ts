/**
 * Writes the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding): varints, 32-bit floats and what is
 * length-delimited. The reader is protobuf.ts.
 */

/** A whole number, a 32-bit float, text or bytes; a message is bytes. */
export type FieldValue = bigint | { readonly float: number } | string | Uint8Array

/** A message of these fields, in this order. */
export function writeMessage(...fields: readonly (readonly [number: number, value: FieldValue])[]): Uint8Array {
  return concatenate(fields.flatMap(([number, value]) => fieldPieces(number, value)))
}

/** The parts of one field, so that long bytes are copied only where the parts are joined. */
export function fieldPieces(number: number, value: FieldValue): Uint8Array[] {
  if (typeof value === 'bigint') return [tag(number, 0), varint(value)]
  if (typeof value === 'object' && 'float' in value) {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value.float, true)
    return [tag(number, 5), bytes]
  }
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return [...bytesHeader(number, bytes.length), bytes]
}

/** What stands before the bytes of a length-delimited field. */
export function bytesHeader(number: number, lengthBytes: number): Uint8Array[] {
  return [tag(number, 2), varint(BigInt(lengthBytes))]
}

export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** Negative numbers as 64-bit two's complement. */
export function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, value)
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80)
  return Uint8Array.from([...bytes, Number(left)])
}

function tag(number: number, wireType: number): Uint8Array {
  return varint(BigInt(number * 8 + wireType))
}
