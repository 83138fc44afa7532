/**
 * Flat token shards: all ids one after the other, little-endian, without a header, as nanoGPT and numpy.memmap read them.
 * uint16 where the vocabulary fits, else uint32. Two files lie beside it: an index with the end of every document in tokens
 * as uint64 (the form of datatrove's `.index`), and a description as JSON. Leaves out llm.c's header of 256 int32; its
 * loaders start at byte 1024, so such a file is made by writing that header before these bytes.
 */

import { isObject } from '../../document/json.js'
import { messageOf, ShardError } from '../../errors/errors.js'
import { IdBytes, Int64Bytes, readIds, readInt64 } from './bytes.js'
import { type TokenEncoder, type TokenOptions, TokenRows, type Write } from './rows.js'

export interface FlatOptions extends TokenOptions {
  /** Goes into the description as it is. */
  readonly tokenizer: TokenizerIdentity
}

export interface TokenizerIdentity {
  readonly name: string
  /** Of the tokenizer's file, SHA-256 as hex digits. */
  readonly digest: string
}

/** By file: `NAME.bin`, `NAME.index`, `NAME.json`. */
export interface FlatWrites {
  readonly bin: Write
  readonly index: Write
  readonly json: Write
}

export interface FlatFiles {
  readonly bin: Uint8Array
  readonly index: Uint8Array
  readonly json: Uint8Array
}

export interface FlatDescription {
  readonly format: 'flat-tokens'
  readonly version: 1
  readonly dtype: 'uint16' | 'uint32'
  readonly byteOrder: 'little'
  readonly tokens: number
  readonly documents: number
  readonly vocabularySize: number
  readonly endOfDocument: number | null
  /** Where packed, `tokens` is a multiple of this unless the rest is kept. */
  readonly sequenceLength: number | null
  readonly rest: 'drop' | 'keep'
  readonly tokenizer: TokenizerIdentity
}

/** uint16 as long as every id fits. */
export function flatType(vocabularySize: number): FlatDescription['dtype'] {
  return vocabularySize <= 2 ** 16 ? 'uint16' : 'uint32'
}

const WIDTH = { uint16: 2, uint32: 4 } as const

/** Bounded memory: the index is written along. */
export function flatTokenEncoder(write: FlatWrites, options: FlatOptions): TokenEncoder {
  const dtype = flatType(options.vocabularySize)
  const bin = new IdBytes(WIDTH[dtype], write.bin)
  const index = new Int64Bytes(write.index)
  /** Tokens up to here: the end of the last document, until another begins. */
  let end = 0
  const rows = new TokenRows(options, ({ tokens, pieces }) => {
    bin.add(tokens)
    for (const { offset, length } of pieces) {
      if (offset === 0 && end > 0) index.add(end)
      end += length
    }
  })
  return {
    add: (id, ids) => rows.add(id, ids),
    finish() {
      const counts = rows.finish()
      if (counts.rows === 0) return counts
      index.add(end)
      bin.flush()
      index.flush()
      const { vocabularySize, endOfDocument, sequenceLength, rest, tokenizer } = options
      const { tokens, documents } = counts
      const description: FlatDescription = {
        format: 'flat-tokens',
        version: 1,
        dtype,
        byteOrder: 'little',
        tokens,
        documents,
        vocabularySize,
        endOfDocument,
        sequenceLength,
        rest,
        tokenizer,
      }
      write.json(new TextEncoder().encode(`${JSON.stringify(description, null, 2)}\n`))
      return counts
    },
  }
}

export interface FlatShard {
  readonly description: FlatDescription
  readonly tokens: Uint32Array
  /** End of each document in `tokens`, exclusive, ascending; as many as documents. */
  readonly ends: Float64Array
}

/** Throws ShardError where the three files are damaged or do not belong together. */
export function readFlatTokens(files: FlatFiles): FlatShard {
  const description = parseDescription(files.json)
  const tokens = readIds(files.bin, WIDTH[description.dtype], 'flat tokens')
  expectEqual('tokens', description.tokens, tokens.length)
  expectEqual('bytes of the index', description.documents * 8, files.index.length)
  const view = new DataView(files.index.buffer, files.index.byteOffset, files.index.byteLength)
  const ends = new Float64Array(description.documents)
  let before = 0
  for (let i = 0; i < ends.length; i++) {
    const end = readInt64(view, i * 8, 'flat index')
    if (end <= before || end > tokens.length)
      throw new ShardError(`flat index: expected an end above ${before} and at most ${tokens.length}, got ${end}`)
    ends[i] = end
    before = end
  }
  expectEqual('end of the last document', tokens.length, before)
  const foreign = tokens.find((id) => id >= description.vocabularySize)
  if (foreign !== undefined)
    throw new ShardError(`flat tokens: expected ids below ${description.vocabularySize}, got ${foreign}`)
  return { description, tokens, ends }
}

function parseDescription(json: Uint8Array): FlatDescription {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
  } catch (error) {
    throw new ShardError(`flat description: ${messageOf(error)}`)
  }
  if (!isObject(value)) throw new ShardError('flat description: expected a JSON object')
  const { format, version, dtype, byteOrder, tokens, documents, vocabularySize } = value
  const counts = [tokens, documents, vocabularySize]
  if (format !== 'flat-tokens' || version !== 1 || byteOrder !== 'little' || (dtype !== 'uint16' && dtype !== 'uint32'))
    throw new ShardError(`flat description: expected flat-tokens 1, got ${String(format)} ${String(version)}`)
  if (!counts.every((count) => Number.isSafeInteger(count) && Number(count) >= 0))
    throw new ShardError('flat description: expected the numbers of tokens and documents and the vocabulary size')
  return value as unknown as FlatDescription // what readers rely on is checked; the rest is as it was written
}

function expectEqual(what: string, expected: number, got: number): void {
  if (expected !== got) throw new ShardError(`flat tokens: expected ${what} ${expected}, got ${got}`)
}
