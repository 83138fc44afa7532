/**
 * The n-grams of a KenLM probing file (lm/search_hashed.hh): hash tables of (key u64, probability f32, back-off f32), the
 * longest without back-off. Their keys and sign bits are ours too, so that entries are taken as they are.
 */
import { type KenlmHeader, makeBuilder, probingBuckets } from './kenlm-header.js'
import { NO_EXTENSION, SIGN } from './layout.js'
import type { FileReader } from './model-file.js'
import type { TableBuilder } from './table-builder.js'

const MULTIPLIER_MAX = 1000

/** @returns the tables without words, and the byte behind the n-grams */
export function readProbing(reader: FileReader, header: KenlmHeader): { builder: TableBuilder; end: number } {
  const { order, counts, multiplier, sizeBytes } = header
  if (!(multiplier >= 1 && multiplier <= MULTIPLIER_MAX)) {
    reader.fail(92, `probing multiplier: expected 1 to ${MULTIPLIER_MAX}, got ${multiplier}`)
  }
  const version = reader.uint32(sizeBytes)
  if (version !== 0) reader.fail(sizeBytes, `word table: expected version 0, got ${version}`)
  const wordCount = reader.uint32(sizeBytes + 4)
  if (!(wordCount >= 1 && wordCount <= counts[0] + 1)) {
    reader.fail(sizeBytes + 4, `expected 1 to ${counts[0] + 1} words, got ${wordCount}`)
  }
  const start = sizeBytes + 8 + probingBuckets(counts[0], multiplier) * 12
  checkSize(reader, counts, multiplier, start)
  const builder = makeBuilder(reader, header, wordCount)
  for (let id = 0; id < wordCount; id++) {
    builder.setUnigram(id, reader.uint32(start + 8 * id), reader.uint32(start + 8 * id + 4))
  }
  let at = start + 8 * (counts[0] + 1)
  for (let n = 2; n <= order; n++) {
    const entryBytes = n < order ? 16 : 12
    const end = at + probingBuckets(counts[n - 1], multiplier) * entryBytes
    let filled = 0
    for (; at < end; at += entryBytes) {
      const low = reader.uint32(at)
      const high = reader.uint32(at + 4)
      if (low === 0 && high === 0) continue
      const bits = reader.uint32(at + 8)
      const added =
        n < order
          ? builder.addKey(n, high, low, bits, reader.uint32(at + 12))
          : builder.addKey(n, high, low, (bits | SIGN) >>> 0, NO_EXTENSION)
      if (!added) reader.fail(at, `the ${n}-gram with key ${high.toString(16)} ${low.toString(16)} is there twice`)
      filled++
    }
    // More may be: n-grams that the ARPA file lacked as suffixes of longer ones.
    if (filled < counts[n - 1]) reader.fail(end, `expected ${counts[n - 1]} ${n}-grams, got ${filled}`)
  }
  return { builder, end: at }
}

function checkSize(reader: FileReader, counts: readonly number[], multiplier: number, start: number): void {
  let size = start + 8 * (counts[0] + 1)
  for (const [n, count] of counts.entries()) {
    if (n > 0) size += probingBuckets(count, multiplier) * (n < counts.length - 1 ? 16 : 12)
  }
  if (size > reader.file.sizeBytes) {
    reader.fail(reader.file.sizeBytes, `by its header the model takes ${size} bytes, the file ends here`)
  }
}
