/** Numbers as sort keys of records: rounds of corpus stages see bytes in ascending order. */

/** Bytes of a number as a sort key. */
export const SORT_KEY_BYTES = 8

/** Writes a number that is not negative so that ascending bytes are descending numbers. */
export function writeDescendingKey(into: Uint8Array, number: number): void {
  const view = new DataView(into.buffer, into.byteOffset, SORT_KEY_BYTES)
  view.setFloat64(0, number) // not negative, so bytes order as numbers do
  for (let i = 0; i < SORT_KEY_BYTES; i++) into[i] = ~into[i]
}

export function readDescendingKey(from: Uint8Array): number {
  const bytes = Uint8Array.from(from.subarray(0, SORT_KEY_BYTES), (byte) => ~byte)
  return new DataView(bytes.buffer).getFloat64(0)
}
