import { describe, expect, it } from 'vitest'
import { readDocumentRows } from '../../src/formats/arrow/documents.js'
import { documentRow } from '../../src/formats/document-row.js'
import { loadZstd } from '../../src/io/zstd.js'
import writeArrow from '../../stages/write-arrow.js'
import { encode, ODD, PLAIN, randomDocuments } from '../support/documents.js'

const zstd = await loadZstd()

describe.each(['zstd', 'none'] as const)('write-arrow, compression %s', async (compression) => {
  const make = await writeArrow.write.prepare({ compression })

  it('gives back what was written', () => {
    const documents = [...ODD, ...randomDocuments(1, 1_000)]
    expect([...readDocumentRows(Buffer.concat(encode(make, documents)), zstd)]).toEqual(documents.map(documentRow))
  })

  it('writes nothing without documents', () => {
    expect(encode(make, [])).toEqual([])
  })

  it('hands bytes on as it goes', () => {
    const parts: number[] = []
    const encoder = make((bytes) => parts.push(bytes.length))
    const text = 'A sentence of some words. '.repeat(40_000) // 1 MiB
    for (let row = 0; row < 20; row++) encoder.add({ ...PLAIN, text })
    expect(parts.length).toBeGreaterThanOrEqual(6) // magic and schema, then a batch every 4 to 5 rows
    encoder.finish()
  })

  it('writes the same bytes from encoders at work at the same time', () => {
    const documents = randomDocuments(2, 500)
    const alone = Buffer.concat(encode(make, documents))
    const [a, b]: [Uint8Array[], Uint8Array[]] = [[], []]
    const [first, second] = [make((bytes) => a.push(bytes)), make((bytes) => b.push(bytes))]
    for (const document of documents) {
      first.add(document)
      second.add({ ...document, text: `${document.text} and more` })
    }
    second.finish()
    first.finish()
    expect(Buffer.compare(Buffer.concat(a), alone)).toBe(0)
  })
})

it('files are named .arrow', () => {
  expect(writeArrow.write.extension({ compression: 'zstd' })).toBe('arrow')
})
