/** Zstandard dictionaries (RFC 8878 section 5): tables and content, or content alone. */
import type { ZstdDictionary } from './zstd-decoder.js'
import { corrupt, readFseTable, readHuffmanTable } from './zstd-entropy.js'

const DICTIONARY_MAGIC = 0xec30a437

/** Throws RangeError where it has the magic and is corrupt. */
export function readDictionary(bytes: Uint8Array): ZstdDictionary {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 8 || view.getUint32(0, true) !== DICTIONARY_MAGIC) return contentAlone(bytes)
  const huffman = readHuffmanTable(bytes, 8, bytes.length)
  const offsets = readFseTable(bytes, huffman.next, bytes.length, 8, 31)
  const matchLengths = readFseTable(bytes, offsets.next, bytes.length, 9, 52)
  const literalLengths = readFseTable(bytes, matchLengths.next, bytes.length, 9, 35)
  const start = literalLengths.next
  if (start + 12 > bytes.length) throw corrupt('dictionary: cut off')
  const repeated = [0, 4, 8].map((at) => view.getUint32(start + at, true))
  const content = bytes.subarray(start + 12)
  if (repeated.some((offset) => offset === 0 || offset > content.length))
    throw corrupt('dictionary: an offset before its beginning')
  return {
    id: view.getUint32(4, true),
    huffman: huffman.table,
    offsets: offsets.table,
    matchLengths: matchLengths.table,
    literalLengths: literalLengths.table,
    repeatedOffsets: [repeated[0] as number, repeated[1] as number, repeated[2] as number], // three, by the map above
    content,
  }
}

function contentAlone(content: Uint8Array): ZstdDictionary {
  return {
    ...{ id: 0, huffman: null, offsets: null, matchLengths: null, literalLengths: null },
    repeatedOffsets: [1, 4, 8],
    content,
  }
}
