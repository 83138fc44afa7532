/** The header of a KenLM binary file, and what its two families of forms share. Layout in kenlm-binary.ts. */
import type { FileReader } from './model-file.js'
import { checkOrder, TableBuilder } from './table-builder.js'

export const KENLM_MAGIC = 'mmap lm http://kheafield.com/code '
const VERSION_TEXT = 'format version 5\n'
const HEADER_BYTES = 108
const FORMS = [
  'probing',
  'probing with rest costs',
  'trie',
  'quantized trie',
  'array trie',
  'quantized array trie',
] as const
const SEARCH_VERSIONS = [0, 0, 1, 1, 1, 1] as const

export interface KenlmHeader {
  readonly order: number
  /** n-grams of 1, 2, … words. */
  readonly counts: readonly number[]
  /** Buckets for each entry of a probing table. */
  readonly multiplier: number
  readonly trie: boolean
  readonly quantized: boolean
  readonly arrayPointers: boolean
  /** Where the word table begins. */
  readonly sizeBytes: number
}

export function readKenlmHeader(reader: FileReader): KenlmHeader {
  const magic = Buffer.from(reader.bytes(0, HEADER_BYTES).subarray(0, 52)).toString('latin1')
  const wanted = KENLM_MAGIC + VERSION_TEXT
  if (!magic.startsWith(wanted)) {
    reader.fail(0, `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(magic)}`)
  }
  const tests = [reader.float32(56), reader.float32(60), reader.float32(64), reader.uint32(68), reader.uint32(72)]
  if (tests.join() !== '0,1,-0.5,1,4294967295') {
    reader.fail(56, `expected the test values of a little-endian 64-bit machine, got ${tests.join(', ')}`)
  }
  const order = reader.uint8(88)
  checkOrder(order, reader.name)
  const form = reader.uint32(96)
  if (form >= FORMS.length || form === 1)
    reader.fail(96, `expected form 0 or 2 to 5, got ${form} (${FORMS[form] ?? 'unknown'})`)
  if (reader.uint8(100) !== 1) reader.fail(100, 'expected a model that contains its words, got one without')
  const version = reader.uint32(104)
  if (version !== SEARCH_VERSIONS[form]) {
    reader.fail(104, `expected version ${SEARCH_VERSIONS[form]} of ${FORMS[form]}, got ${version}`)
  }
  return {
    order,
    counts: readCounts(reader, order),
    multiplier: reader.float32(92),
    trie: form >= 2,
    quantized: form === 3 || form === 5,
    arrayPointers: form >= 4,
    sizeBytes: Math.ceil((HEADER_BYTES + 8 * order) / 8) * 8,
  }
}

/** An n-gram takes at least a byte in each form, so that no count can ask for more memory than the file justifies. */
function readCounts(reader: FileReader, order: number): number[] {
  let left = reader.file.sizeBytes
  return Array.from({ length: order }, (_, n) => {
    const at = HEADER_BYTES + 8 * n
    const count = reader.uint64(at, `number of ${n + 1}-grams`)
    if (count > left) reader.fail(at, `number of ${n + 1}-grams: expected at most ${left}, a byte each, got ${count}`)
    left -= count
    return count
  })
}

/** Once the file is known to be large enough for what its header says. */
export function makeBuilder(reader: FileReader, header: KenlmHeader, wordCount: number): TableBuilder {
  let ngrams = 0
  for (let n = 1; n < header.order; n++) ngrams += header.counts[n]
  return new TableBuilder(header.order, wordCount, ngrams, reader.name)
}

/** util/probing_hash_table.hh, Size: in 32-bit floats, as there. */
export function probingBuckets(count: number, multiplier: number): number {
  return Math.max(count + 1, Math.floor(Math.fround(Math.fround(multiplier) * Math.fround(count))))
}
