import { tableFromIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import type { Document, SignalValue } from '../../../src/document/document.js'
import {
  type DroppedDocument,
  documentWriter,
  droppedWriter,
  parseSignals,
  readDocumentRows,
  readSurvivors,
  type Survivor,
  signalsJson,
  survivorWriter,
} from '../../../src/formats/arrow/documents.js'
import { readArrow } from '../../../src/formats/arrow/reader.js'
import { readVerdicts, type Verdict, verdictWriter } from '../../../src/formats/arrow/verdicts.js'
import { loadZstd } from '../../../src/io/zstd.js'
import { Random } from '../../support/random.js'
import { randomText } from '../../support/random-text.js'

const zstd = await loadZstd()

function collect<T>(
  make: (write: (bytes: Uint8Array) => void) => { add(item: T): void; finish(): void },
  items: readonly T[],
): Uint8Array {
  const parts: Uint8Array[] = []
  const writer = make((bytes) => parts.push(bytes))
  for (const item of items) writer.add(item)
  writer.finish()
  return Buffer.concat(parts)
}

const DOCUMENT: Document = {
  id: 'a',
  url: 'https://example.org/?q=1&r=é',
  text: 'Text with \0, 😀 and \u2028.',
  date: '2024-05-01T00:00:00Z',
  language: 'en',
  file: 'crawl/a.warc.gz',
  offset: 2 ** 40 + 1,
  length: 1234,
  sub: 3,
  metadata: { title: 'T', list: [1, { b: null, a: true }], '10': 'ten', ['__proto__']: 'a key', lone: '\ud800' },
  position: { shard: 2 ** 32 - 1, row: 7 },
  raw: null,
}

const SPAN = { stage: 'mask-pii', start: 1, end: 4, type: 'email', score: 0.5 }

const SURVIVORS: readonly Survivor[] = [
  { document: DOCUMENT, signals: { 'a.x': 0.1, 'a.y': 'word', 'b.z': false }, spans: [SPAN] },
  {
    document: { ...DOCUMENT, raw: { body: Uint8Array.of(0, 255, 1), contentType: 'text/html' } },
    signals: {},
    spans: [],
  },
  { document: { ...DOCUMENT, raw: { body: '<p>é\0', contentType: '' }, metadata: {} }, signals: {}, spans: [] },
  { document: { ...DOCUMENT, raw: { body: '', contentType: 'x' } }, signals: {}, spans: [] },
  { document: { ...DOCUMENT, raw: { body: new Uint8Array(0), contentType: 'x' }, text: '' }, signals: {}, spans: [] },
]

function randomJson(random: Random, depth: number): unknown {
  const next = () => random.next()
  const kind = Math.floor(next() * (depth > 0 ? 7 : 5))
  if (kind === 0) return null
  if (kind === 1) return next() < 0.5
  if (kind === 2) return Math.round(next() * 1e6) / 8
  if (kind <= 4) return randomText(random, 12)
  const items = Array.from({ length: Math.floor(next() * 4) }, () => randomJson(random, depth - 1))
  return kind === 5 ? items : Object.fromEntries(items.map((item) => [randomText(random, 4), item]))
}

function randomSurvivor(random: Random): Survivor {
  const next = () => random.next()
  const text = (max: number) => randomText(random, max)
  const signal = (): SignalValue =>
    next() < 0.3 ? text(9) : next() < 0.3 ? next() < 0.5 : (next() - 0.5) * 10 ** (next() * 20)
  const body = next() < 0.5 ? text(99) : Uint8Array.from({ length: next() * 99 }, () => next() * 256)
  return {
    document: {
      id: text(20),
      url: text(20),
      text: text(200),
      date: text(5),
      language: text(2),
      file: text(9),
      offset: Math.floor(next() * 2 ** 53),
      length: Math.floor(next() * 2 ** 31),
      sub: Math.floor(next() * 3),
      metadata: Object.fromEntries(Array.from({ length: next() * 4 }, () => [text(6), randomJson(random, 3)])),
      position: { shard: Math.floor(next() * 2 ** 32), row: Math.floor(next() * 2 ** 32) },
      raw: next() < 0.5 ? null : { body, contentType: text(12) },
    },
    signals: Object.fromEntries(Array.from({ length: next() * 5 }, () => [text(6), signal()])),
    spans: Array.from({ length: next() * 3 }, () => ({
      stage: text(5),
      start: 1,
      end: 2,
      type: text(5),
      score: next(),
    })),
  }
}

describe('survivors and dropped documents', () => {
  it('come back as they were', () => {
    expect([
      ...readSurvivors(
        collect((w) => survivorWriter(w, zstd), SURVIVORS),
        zstd,
      ),
    ]).toStrictEqual(SURVIVORS)
  })

  it('come back with stage and reason', () => {
    const dropped: DroppedDocument[] = SURVIVORS.map((s, i) => ({ ...s, stage: 'filter-x', reason: `reason${i}` }))
    const bytes = collect((w) => droppedWriter(w, null), dropped)
    expect([...readSurvivors(bytes, zstd)]).toStrictEqual(SURVIVORS)
    expect([...readArrow(bytes, zstd, ['stage', 'reason'])]).toEqual(
      dropped.map(({ stage, reason }) => ({ stage, reason })),
    )
  })

  it.each([1, 2, 3, 4])('come back as they were, random ones (seed %i)', (seed) => {
    const random = new Random(seed)
    const survivors = Array.from({ length: 300 }, () => randomSurvivor(random))
    const bytes = collect((w) => survivorWriter(w, zstd), survivors)
    expect([...readSurvivors(bytes, zstd)]).toStrictEqual(survivors)
  })

  it('keep numbers that JSON has no word for', () => {
    const signals = {
      a: Number.NaN,
      b: Number.POSITIVE_INFINITY,
      c: Number.NEGATIVE_INFINITY,
      d: -0,
      e: 'NaN',
      f: 1e300,
    }
    expect(signalsJson(signals)).toBe(
      '{"a":{"number":"NaN"},"b":{"number":"Infinity"},"c":{"number":"-Infinity"},"d":{"number":"-0"},"e":"NaN","f":1e+300}',
    )
    expect(parseSignals(signalsJson(signals))).toStrictEqual(signals)
  })
})

describe('the published table', () => {
  it('has the nine columns, in order, none nullable', () => {
    const table = tableFromIPC(collect((w) => documentWriter(w, null), [DOCUMENT]))
    expect(table.schema.fields.map((f) => `${f.name} ${f.type} ${f.nullable}`)).toEqual([
      'id Utf8 false',
      'url Utf8 false',
      'text Utf8 false',
      'date Utf8 false',
      'language Utf8 false',
      'file Utf8 false',
      'offset Int64 false',
      'length Int64 false',
      'metadata Utf8 false',
    ])
  })

  it('holds metadata with sorted keys', () => {
    const [row] = readDocumentRows(
      collect((w) => documentWriter(w, zstd), [DOCUMENT]),
      zstd,
    )
    const { id, url, text, date, language, file, offset, length } = DOCUMENT
    const metadata = '{"10":"ten","__proto__":"a key","list":[1,{"a":true,"b":null}],"lone":"\\ud800","title":"T"}'
    expect(row).toEqual({ id, url, text, date, language, file, offset, length, metadata })
  })

  it("writes the same bytes whatever the order of an input's fields", () => {
    const { metadata } = DOCUMENT
    const turned = { ...DOCUMENT, metadata: Object.fromEntries(Object.entries(metadata).reverse()) }
    const bytes = (document: Document) => collect((w) => documentWriter(w, zstd), [document])
    expect(Buffer.compare(bytes(DOCUMENT), bytes(turned))).toBe(0)
  })

  it('is not there without documents', () => {
    expect(collect((w) => documentWriter(w, zstd), [])).toHaveLength(0)
  })
})

describe('verdicts', () => {
  const verdict: Verdict = {
    id: 'a',
    url: 'u',
    file: 'f',
    offset: 5,
    sub: 0,
    language: 'en',
    textLength: 12,
    verdict: 'kept',
    stage: '',
    reason: '',
    spans: [SPAN],
    signals: { 'x.score': 0.5, 'x.label': 'good', 'x.seen': true },
  }
  const verdicts: readonly Verdict[] = [
    verdict,
    { ...verdict, id: 'b', verdict: 'dropped', stage: 'x', reason: 'low', spans: [], signals: {} },
    { ...verdict, id: 'c', signals: { 'x.score': Number.NaN, 'x.seen': false } },
  ]
  const columns = [
    { name: 'x.score', type: 'number' },
    { name: 'x.label', type: 'string' },
    { name: 'x.seen', type: 'boolean' },
    { name: 'y.never', type: 'number' },
  ] as const
  const bytes = collect((w) => verdictWriter(columns, w, zstd), verdicts)

  it('come back as they were, missing signals missing', () => {
    expect([...readVerdicts(bytes, zstd)]).toStrictEqual(verdicts)
  })

  it('come back with the signals asked for', () => {
    const scores = [...readVerdicts(bytes, zstd, ['x.score'])].map((v) => v.signals)
    expect(scores).toStrictEqual([{ 'x.score': 0.5 }, {}, { 'x.score': Number.NaN }])
  })

  it('have a nullable column a signal, of its type', () => {
    const table = tableFromIPC(collect((w) => verdictWriter(columns, w, null), verdicts))
    expect(table.schema.fields.slice(11).map((f) => `${f.name} ${f.type} ${f.nullable}`)).toEqual([
      'x.score Float64 true',
      'x.label Utf8 true',
      'x.seen Bool true',
      'y.never Float64 true',
    ])
    expect([...(table.getChild('y.never') ?? [])]).toEqual([null, null, null])
  })

  it('refuse a signal that is not declared or of another type', () => {
    const add = (signals: Verdict['signals']) =>
      collect((w) => verdictWriter(columns, w, zstd), [{ ...verdict, signals }])
    expect(() => add({ 'x.other': 1 })).toThrow('signal x.other: expected a declaration, got number')
    expect(() => add({ 'x.score': 'high' })).toThrow('signal x.score: expected number, got string')
  })
})
