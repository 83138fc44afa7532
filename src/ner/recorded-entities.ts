/** Entities of a document as bytes, 16 for each, little-endian: start, end and type as 32-bit numbers, the score as a float. */
import type { LabeledSpan } from './token-labels.js'

const ENTITY_BYTES = 16

export function writeEntities(entities: readonly LabeledSpan[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(entities.length * ENTITY_BYTES))
  for (const [i, { start, end, type, score }] of entities.entries()) {
    view.setUint32(i * ENTITY_BYTES, start, true)
    view.setUint32(i * ENTITY_BYTES + 4, end, true)
    view.setUint32(i * ENTITY_BYTES + 8, type, true)
    view.setFloat32(i * ENTITY_BYTES + 12, score, true)
  }
  return new Uint8Array(view.buffer)
}

export function readEntities(bytes: Uint8Array): LabeledSpan[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / ENTITY_BYTES }, (_, i) => ({
    start: view.getUint32(i * ENTITY_BYTES, true),
    end: view.getUint32(i * ENTITY_BYTES + 4, true),
    type: view.getUint32(i * ENTITY_BYTES + 8, true),
    score: Math.round(view.getFloat32(i * ENTITY_BYTES + 12, true) * 1e4) / 1e4,
  }))
}
