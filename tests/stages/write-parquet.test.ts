import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { describe, expect, it } from 'vitest'
import type { Document } from '../../src/document/document.js'
import { documentRow } from '../../src/formats/document-row.js'
import writeParquet from '../../stages/write-parquet.js'
import { encode, ODD, PLAIN, randomDocuments } from '../support/documents.js'

function fileOf(parts: readonly Uint8Array[]): ArrayBuffer {
  const bytes = Buffer.concat(parts)
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer // Buffer.concat never shares memory
}

/** As hyparquet gives it: integers as bigint. */
const expected = (document: Document) => {
  const row = documentRow(document)
  return { ...row, offset: BigInt(row.offset), length: BigInt(row.length) }
}

describe.each(['zstd', 'none'] as const)('write-parquet, compression %s', async (compression) => {
  const make = await writeParquet.write.prepare({ compression })

  it('gives back what was written', async () => {
    const documents = [...ODD, ...randomDocuments(1, 500)]
    const rows = await parquetReadObjects({ file: fileOf(encode(make, documents)), compressors })
    expect(rows).toEqual(documents.map(expected))
  })

  it('has the nine columns, in order, all required', () => {
    const { schema, row_groups } = parquetMetadata(fileOf(encode(make, [PLAIN])))
    const text = {
      type: 'BYTE_ARRAY',
      repetition_type: 'REQUIRED',
      converted_type: 'UTF8',
      logical_type: { type: 'STRING' },
    }
    const integer = { type: 'INT64', repetition_type: 'REQUIRED' }
    expect(schema.slice(1)).toMatchObject([
      { name: 'id', ...text },
      { name: 'url', ...text },
      { name: 'text', ...text },
      { name: 'date', ...text },
      { name: 'language', ...text },
      { name: 'file', ...text },
      { name: 'offset', ...integer },
      { name: 'length', ...integer },
      { name: 'metadata', ...text },
    ])
    const codecs = row_groups.flatMap((group) => group.columns.map((column) => column.meta_data?.codec))
    expect(new Set(codecs)).toEqual(new Set([compression === 'zstd' ? 'ZSTD' : 'UNCOMPRESSED']))
  })

  it('writes nothing without documents', () => {
    expect(encode(make, [])).toEqual([])
  })

  it('closes a row group at 16 Mi units of text or 50,000 rows, and hands it on', async () => {
    const parts: Uint8Array[] = []
    const encoder = make((bytes) => parts.push(bytes))
    const text = 'A sentence of some words. '.repeat(330_000) // a little above 8 Mi units
    for (let row = 0; row < 5; row++) encoder.add({ ...PLAIN, text })
    expect(parts).toHaveLength(2)
    for (let row = 0; row < 50_001; row++) encoder.add({ ...PLAIN, text: 't' })
    encoder.finish()
    const metadata = parquetMetadata(fileOf(parts))
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([2, 2, 50_000, 2])
    expect(parts).toHaveLength(5)
  })

  it('turns lone surrogates into U+FFFD', async () => {
    const rows = await parquetReadObjects({ file: fileOf(encode(make, [{ ...PLAIN, text: 'a\ud800b' }])), compressors })
    expect(rows[0]?.text).toBe('a\ufffdb')
  })
})

it('files are named .parquet', () => {
  expect(writeParquet.write.extension({ compression: 'none' })).toBe('parquet')
})
