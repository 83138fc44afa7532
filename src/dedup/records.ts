/**
 * Fields of the binary records between rounds. Numbers are big-endian, so that records sort by number.
 * A member is a document as rounds see it: rank (4 bytes), then position (8). Records of one group sort by it, so the
 * first member is the one to keep.
 */
import type { Position } from '../document/document.js'
import { EARLIER_SHARD } from '../stage/stage.js'

export const POSITION_BYTES = 8
export const MEMBER_BYTES = 12

/** Which document of a group survives: the first in the run's order, or the one with the longest text (then the first). */
export type Keep = 'first' | 'longest'

/** Of a document that an earlier run has kept: it always survives. */
export const EARLIER_RANK = 0

/** Smaller is better; equal ranks go by position. */
export function keepRank(keep: Keep, textLength: number): number {
  return keep === 'first' ? 1 : 0xffffffff - Math.min(textLength, 0xfffffffe)
}

export function isEarlier({ shard }: Position): boolean {
  return shard >= EARLIER_SHARD
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function readUint32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

export function writePosition(bytes: Uint8Array, at: number, { shard, row }: Position): void {
  writeUint32(bytes, at, shard)
  writeUint32(bytes, at + 4, row)
}

export function readPosition(bytes: Uint8Array, at: number): Position {
  return { shard: readUint32(bytes, at), row: readUint32(bytes, at + 4) }
}

export function writeFloat64(bytes: Uint8Array, at: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setFloat64(at, value)
}

export function readFloat64(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(at)
}

/** Negative when `a` comes first. */
export function comparePositions(a: Position, b: Position): number {
  return a.shard - b.shard || a.row - b.row
}
