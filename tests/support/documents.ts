/** Documents that exercise an output format: odd text, odd metadata, large numbers. */
import type { Document } from '../../src/document/document.js'
import type { ShardEncoder } from '../../src/stage/stage.js'
import { Random } from './random.js'
import { randomText } from './random-text.js'

export const PLAIN: Document = {
  id: '00112233445566778899aabbccddeeff',
  url: 'https://example.org/?q=1&r=é',
  text: 'One line.\nAnother line, with "quotes" and a \\ backslash.',
  date: '2024-05-01T00:00:00Z',
  language: 'en',
  file: 'crawl/a.warc.gz',
  offset: 2 ** 40 + 1,
  length: 1234,
  sub: 3,
  metadata: { title: 'T', list: [1, { b: null, a: true }], 10: 'ten' },
  position: { shard: 2, row: 7 },
  raw: null,
}

export const ODD: readonly Document[] = [
  PLAIN,
  { ...PLAIN, id: 'empty', url: '', text: '', date: '', language: '', file: '', offset: 0, length: 0, metadata: {} },
  { ...PLAIN, id: 'nul', text: 'a\0b\0', metadata: { '\0': '\0' } },
  { ...PLAIN, id: 'emoji', text: '😀🏴\u{10ffff} 東京 naïve e\u0301 \u2028\u2029\ufeff', url: 'https://例え.jp/😀' },
  { ...PLAIN, id: 'controls', text: Array.from({ length: 160 }, (_, i) => String.fromCharCode(i)).join('') },
  { ...PLAIN, id: 'largest', offset: Number.MAX_SAFE_INTEGER, length: 2 ** 33 },
]

export function randomDocuments(seed: number, count: number): Document[] {
  const random = new Random(seed)
  return Array.from({ length: count }, (_, row) => ({
    ...PLAIN,
    id: `${seed}-${row}`,
    url: randomText(random, 30),
    text: randomText(random, random.below(20) === 0 ? 20_000 : 300),
    language: random.pick(['', 'en', 'de', 'ja']),
    offset: random.below(2 ** 50),
    length: random.below(2 ** 20),
    metadata: random.below(2) === 0 ? {} : { [randomText(random, 5)]: randomText(random, 50) },
    position: { shard: 0, row },
  }))
}

/** The pieces that an encoder hands on. */
export function encode(
  make: (write: (bytes: Uint8Array) => void) => ShardEncoder,
  documents: Iterable<Document>,
): Uint8Array[] {
  const parts: Uint8Array[] = []
  const encoder = make((bytes) => parts.push(bytes))
  for (const document of documents) encoder.add(document)
  encoder.finish()
  return parts
}
