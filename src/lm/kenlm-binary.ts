/**
 * Reads KenLM's binary files (lm/binary_format.cc, version 5, of little-endian machines): header and words here, n-grams
 * in kenlm-probing.ts and kenlm-trie.ts. The words must be in the file, as they are by default. KenLM's own table from
 * word hashes to ids is passed over: the words give it again. Left out: the form with rest costs.
 *
 *   magic "mmap lm http://kheafield.com/code format version 5\n" and test values, 88 bytes
 *   order u8, probing multiplier f32 at 92, form u32 at 96, has words u8 at 100, search version u32 at 104
 *   counts u64 each at 108, padded to 8 | word table | n-grams | words, each with a NUL, by id
 */
import { readKenlmHeader } from './kenlm-header.js'
import { readProbing } from './kenlm-probing.js'
import { readTrie } from './kenlm-trie.js'
import { FileReader, type ModelFile } from './model-file.js'
import type { SharedModel } from './model-tables.js'
import type { TableBuilder } from './table-builder.js'
import { hashWordBytes, type WordHash } from './word-hash.js'

/** Longest word that is read; KenLM itself knows no limit. */
const WORD_BYTES_MAX = 2 ** 16

export function readKenlmBinary(file: ModelFile, name: string): SharedModel {
  const reader = new FileReader(file, name)
  const header = readKenlmHeader(reader)
  const { builder, end } = header.trie ? readTrie(reader, header) : readProbing(reader, header)
  return readWords(reader, builder, end)
}

/** The words, and with them the tables. */
function readWords(reader: FileReader, builder: TableBuilder, offset: number): SharedModel {
  const hash: WordHash = { high: 0, low: 0 }
  let at = offset
  const special = { '<s>': 0, '</s>': 0 }
  for (let id = 0; id < builder.wordCount; id++) {
    const left = Math.min(reader.file.sizeBytes - at, WORD_BYTES_MAX)
    if (left === 0) reader.fail(at, `expected ${builder.wordCount} words, got ${id}`)
    let window = reader.bytes(at, 1)
    let length = window.indexOf(0)
    if (length < 0) {
      window = reader.bytes(at, left)
      length = window.indexOf(0)
    }
    if (length < 0 || length > WORD_BYTES_MAX) reader.fail(at, `word ${id}: no NUL within ${left} bytes`)
    const text = length <= 5 ? Buffer.from(window.subarray(0, length)).toString('latin1') : ''
    if (id === 0) {
      if (text !== '<unk>') reader.fail(at, `expected <unk> as the first word, got ${JSON.stringify(text)}`)
    } else {
      if (text === '<s>' || text === '</s>') special[text] = id
      hashWordBytes(window, 0, length, hash)
      if (!builder.addWord(hash, id)) reader.fail(at, `word ${id} is there twice`)
    }
    at += length + 1
  }
  if (at !== reader.file.sizeBytes) {
    reader.fail(
      at,
      `expected the file's end behind ${builder.wordCount} words, got ${reader.file.sizeBytes - at} more bytes`,
    )
  }
  for (const [word, id] of Object.entries(special)) if (id === 0) reader.fail(offset, `the model has no ${word}`)
  return builder.finish(special['<s>'], special['</s>'])
}
