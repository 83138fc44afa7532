import { gunzipSync } from 'node:zlib'
import { decompressZstd } from 'hyparquet-compressors'
import { describe, expect, it } from 'vitest'
import type { Document } from '../../src/document/document.js'
import readJsonl from '../../stages/read-jsonl.js'
import writeJsonl from '../../stages/write-jsonl.js'
import { encode, ODD, PLAIN, randomDocuments } from '../support/documents.js'
import { drain, memoryFile } from '../support/memory-file.js'

type Options = Parameters<typeof readJsonl.read.read>[0]
const READ = Object.fromEntries(Object.entries(readJsonl.options).map(([name, o]) => [name, o.default])) as Options

const DECOMPRESS = {
  none: (parts: Uint8Array[]) => Buffer.concat(parts).toString(),
  gzip: (parts: Uint8Array[]) => gunzipSync(Buffer.concat(parts)).toString(),
  zstd: (parts: Uint8Array[]) => parts.map((part) => Buffer.from(decompressZstd(part)).toString()).join(''),
}

describe.each(['none', 'gzip', 'zstd'] as const)('write-jsonl, compression %s', async (compression) => {
  const make = await writeJsonl.write.prepare({ compression })
  const lines = (documents: readonly Document[]) => DECOMPRESS[compression](encode(make, documents))

  it('writes a line a document, its fields in order', () => {
    expect(lines([PLAIN, { ...PLAIN, metadata: {} }])).toBe(
      '{"id":"00112233445566778899aabbccddeeff","url":"https://example.org/?q=1&r=é",' +
        '"text":"One line.\\nAnother line, with \\"quotes\\" and a \\\\ backslash.","date":"2024-05-01T00:00:00Z",' +
        '"language":"en","file":"crawl/a.warc.gz","offset":1099511627777,"length":1234,' +
        '"metadata":{"10":"ten","list":[1,{"a":true,"b":null}],"title":"T"}}\n' +
        '{"id":"00112233445566778899aabbccddeeff","url":"https://example.org/?q=1&r=é",' +
        '"text":"One line.\\nAnother line, with \\"quotes\\" and a \\\\ backslash.","date":"2024-05-01T00:00:00Z",' +
        '"language":"en","file":"crawl/a.warc.gz","offset":1099511627777,"length":1234,"metadata":{}}\n',
    )
  })

  it('gives back what was written', () => {
    const documents = [...ODD, ...randomDocuments(1, 500)]
    const parsed = lines(documents)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(parsed).toEqual(
      documents.map(({ id, url, text, date, language, file, offset, length, metadata }) => ({
        ...{ id, url, text, date, language, file, offset, length, metadata },
      })),
    )
  })

  it('turns lone surrogates into U+FFFD', () => {
    expect(JSON.parse(lines([{ ...PLAIN, text: 'a\ud800b \\ud800', url: '\udc00' }]))).toMatchObject({
      text: 'a\ufffdb \\ud800',
      url: '\ufffd',
    })
  })

  it('writes nothing without documents', () => {
    expect(encode(make, [])).toEqual([])
  })

  it('hands bytes on every 1 Mi units', () => {
    const documents = Array.from({ length: 10 }, () => ({ ...PLAIN, text: 'x'.repeat(2 ** 19) }))
    expect(encode(make, documents)).toHaveLength(5)
  })
})

it('gzip members carry neither time nor system', async () => {
  const make = await writeJsonl.write.prepare({ compression: 'gzip' })
  const [member] = encode(make, [PLAIN])
  expect([...(member ?? []).slice(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
})

it('files are named by their compression', () => {
  const names = (['gzip', 'zstd', 'none'] as const).map((compression) => writeJsonl.write.extension({ compression }))
  expect(names).toEqual(['jsonl.gz', 'jsonl.zst', 'jsonl'])
})

it('read-jsonl reads what write-jsonl wrote; the old place becomes metadata', async () => {
  const make = await writeJsonl.write.prepare({ compression: 'gzip' })
  const documents = randomDocuments(3, 600)
  const file = memoryFile('b.jsonl.gz', Buffer.concat(encode(make, documents)))
  const { events } = await drain(readJsonl.read.read(READ, file, { start: 0, end: file.sizeBytes, exact: true }))
  expect(events.map((event) => event.kind === 'document' && event.document)).toMatchObject(
    documents.map(({ id, url, text, date, language, file, offset, length, metadata }) => ({
      ...{ id, url, text, date, language },
      metadata: { ...metadata, file, offset, length },
    })),
  )
})
