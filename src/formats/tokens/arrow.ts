/**
 * Token shards as Arrow IPC files. `input_ids` is a list<int32>: the type that Hugging Face `datasets` itself gives a
 * column of that name, so that trainers take the shard as it is. `length` is what `group_by_length` looks for.
 *
 * A row is a document (`id`, `input_ids`, `length`) or a packed sequence (`ids`, `offset`, `input_ids`, `length`,
 * `seq_lengths`): `seq_lengths` has the lengths of the pieces of documents in it, as TRL's packing records them for position
 * ids that start again in each; `ids` is a JSON array with a document id a piece; `offset` is where in the first of these
 * documents the row begins.
 */
import { messageOf, ShardError } from '../../errors/errors.js'
import type { Zstd } from '../../io/zstd.js'
import type { Column } from '../arrow/columns.js'
import { openArrow, type ReadRow } from '../arrow/reader.js'
import { ArrowWriter } from '../arrow/writer.js'
import { type Piece, type TokenEncoder, type TokenOptions, type TokenRow, TokenRows, type Write } from './rows.js'

export const DOCUMENT_TOKEN_COLUMNS: readonly Column[] = [
  { name: 'id', type: 'utf8' },
  { name: 'input_ids', type: 'list<int32>' },
  { name: 'length', type: 'int64' },
]

export const PACKED_TOKEN_COLUMNS: readonly Column[] = [
  { name: 'ids', type: 'utf8' },
  { name: 'offset', type: 'int64' },
  { name: 'input_ids', type: 'list<int32>' },
  { name: 'length', type: 'int64' },
  { name: 'seq_lengths', type: 'list<int32>' },
]

/** `zstd` null: not compressed. */
export function arrowTokenEncoder(write: Write, zstd: Zstd | null, options: TokenOptions): TokenEncoder {
  const isPacked = options.sequenceLength !== null
  const writer = new ArrowWriter(isPacked ? PACKED_TOKEN_COLUMNS : DOCUMENT_TOKEN_COLUMNS, write, zstd)
  const rows = new TokenRows(options, ({ tokens, pieces }) => {
    const row = { input_ids: signed(tokens), length: tokens.length }
    const [first] = pieces
    if (!isPacked) writer.add({ ...row, id: first?.id })
    else {
      writer.add({
        ...row,
        ids: JSON.stringify(pieces.map(({ id }) => id)),
        offset: first?.offset,
        seq_lengths: Int32Array.from(pieces, ({ length }) => length),
      })
    }
  })
  return {
    add: (id, ids) => rows.add(id, ids),
    finish() {
      const counts = rows.finish()
      writer.finish()
      return counts
    },
  }
}

/** Rows in the order they were written, packed or not, in memory of their own. Throws ShardError where the file is damaged. */
export function* readArrowTokens(bytes: Uint8Array, zstd: Zstd): Generator<TokenRow, void, void> {
  const file = openArrow(bytes, zstd)
  const isPacked = file.columns.some(({ name }) => name === 'seq_lengths')
  const columns = isPacked ? PACKED_TOKEN_COLUMNS : DOCUMENT_TOKEN_COLUMNS
  for (const { name, type } of columns) {
    const found = file.columns.find((column) => column.name === name)
    if (found?.type !== type)
      throw new ShardError(`tokens: expected column ${name} of type ${type}, got ${found?.type ?? 'none'}`)
  }
  let index = 0
  for (const row of file.rows(columns.map(({ name }) => name))) {
    const tokens = tokensOf(row, index)
    yield {
      tokens,
      pieces: isPacked ? piecesOf(row, index) : [{ id: String(row.id), offset: 0, length: tokens.length }],
    }
    index++
  }
}

function tokensOf(row: ReadRow, index: number): Uint32Array {
  const cell = row.input_ids
  if (!(cell instanceof Int32Array)) throw new ShardError(`tokens, row ${index}: expected input_ids, got null`)
  if (cell.length !== row.length)
    throw new ShardError(`tokens, row ${index}: expected ${row.length} ids, got ${cell.length}`)
  const negative = cell.find((id) => id < 0)
  if (negative !== undefined) throw new ShardError(`tokens, row ${index}: expected ids from 0, got ${negative}`)
  return new Uint32Array(cell.buffer, cell.byteOffset, cell.length)
}

function piecesOf(row: ReadRow, index: number): Piece[] {
  const { seq_lengths: lengths, offset, length } = row
  const ids = parseIds(row, index)
  if (!(lengths instanceof Int32Array) || typeof offset !== 'number' || ids.length !== lengths.length)
    throw new ShardError(`tokens, row ${index}: expected an id and a length for each piece of a document`)
  const pieces = ids.map((id, i) => ({ id, offset: i === 0 ? offset : 0, length: lengths[i] }))
  const sum = pieces.reduce((before, piece) => before + piece.length, 0)
  if (sum !== length || pieces.some((piece) => piece.length < 1) || offset < 0)
    throw new ShardError(`tokens, row ${index}: expected pieces of ${length} tokens in all, got ${sum}`)
  return pieces
}

function parseIds(row: ReadRow, index: number): string[] {
  try {
    const ids: unknown = JSON.parse(String(row.ids))
    if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return ids
    throw new TypeError('expected a list of ids')
  } catch (error) {
    throw new ShardError(`tokens, row ${index}, ids: ${messageOf(error)}`)
  }
}

/** The same memory; ids are below 2^31. */
function signed(tokens: Uint32Array): Int32Array {
  return new Int32Array(tokens.buffer, tokens.byteOffset, tokens.length)
}
