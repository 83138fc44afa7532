/** Real archives against warcio 1.8's reading of them, record by record. Where we differ, the record stands here with why. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { headerEnd } from '../../../src/formats/warc/header.js'
import { decodeBody, parseHttpHead } from '../../../src/formats/warc/http.js'
import type { WarcEvent } from '../../../src/formats/warc/reader.js'
import { dataFolder, dataPath } from '../../support/data.js'
import { coverageFault, fingerprints, outline, readFile } from '../../support/warc-events.js'

interface Row {
  readonly file: string
  readonly offset?: number
  readonly type: string
  readonly uri: string | null
  readonly date: string | null
  readonly status?: string
  readonly decoded_len: number
  readonly decoded_sha1: string
}

type RecordEvent = Extract<WarcEvent, { kind: 'record' }>

const MiB = 1024 * 1024

/** Files that hold something else, and the one piece of damage that each is. */
const UNREAD: Readonly<Record<string, string>> = {
  'warcio__example.arc.gz': 'arc-unsupported',
  'warcio__example.arc': 'arc-unsupported',
  'warcio__bad.arc': 'arc-unsupported',
  'warcio__example-space-in-url.arc': 'arc-unsupported',
  'jwat__test-arc-1.0-dashed-fields.arc': 'arc-unsupported',
  'jwat__invalid-arcfile-record-then-garbage.arc': 'not-warc', // an ARC record without the file's own first record
  'derived-whirlwind__per-record-zstd.warc.zst': 'zstd-unsupported',
}

/** Records that warcio gives out and we hold to be damaged. */
const QUARANTINED: Readonly<Record<string, string>> = {
  'warcio__example-wrong-chunks.warc.gz@0': 'record-truncated', // says 1613 bytes, the member holds fewer; warcio stops there
  'warcio__example-trunc.warc@1197': 'record-length', // says 973 bytes, the next record stands within them
  'chatnoir-resiliparse__clipped.warc.gz@0': 'gzip-truncated', // the member is cut off
  'derived-whirlwind__truncated-60pct.warc.gz@1023': 'gzip-truncated',
  'jwat__invalid-warcfile-fields-missing.warc@0': 'record-length', // no value for Content-Length
  'jwat__invalid-warcfile-lonely-continuation.warc@0': 'record-length', // no Content-Length at all
  'jwat__invalid-warcfile-lonely-monkeys.warc@0': 'record-length',
}

/** Records that both give out, read otherwise. */
const DIFFERENT: ReadonlySet<string> = new Set([
  // Its type is ' \tmetadata' and its address has a space in front: warcio keeps the tab and escapes the space.
  'jwat__valid-warcfile-fields-metainfo.warc@0 uri date',
  'jwat__valid-warcfile-fields-warcinfo.warc@0 date',
  // warcio escapes spaces in addresses.
  'warcio__example-space-in-target-uri.warc.gz@241 uri',
  // HTTP messages in records that warcio does not take for HTTP (by their type or the address): it gives the block.
  'jwat__invalid-warcfile-segment-number-continuation.warc@0 status body',
  'jwat__invalid-warcfile-segment-number-continuation.warc@1053 status body',
  'node-warc__parseMe.warc.gz@48136 status body',
  'node-warc__parseMe.warc.gz@47691 body',
  // The status line begins with HTTPX/1.1: warcio takes any word.
  'pywb__example-extra.warc@3207 body',
])

const names = dataFolder
  ? (JSON.parse(readFileSync(dataPath('warc/manifest.json'), 'utf8')) as { file: string }[]).map(({ file }) => file)
  : []
const rows = dataFolder
  ? gunzipSync(readFileSync(dataPath('warc/expected_records.jsonl.gz')))
      .toString()
      .trim()
      .split('\n')
  : []
const expected = rows.map((line) => JSON.parse(line) as Row)

function archive(name: string): Buffer {
  return readFileSync(dataPath(`warc/${name}`))
}

function differences(row: Row, record: RecordEvent): string[] {
  const head = parseHttpHead(record.block)
  let body = record.block
  if (head) body = decodeBody(record.block.subarray(head.bodyStart), head.fields, 64 * MiB)
  else if (record.type === 'request') body = record.block.subarray(requestHeadLength(record.block))
  const uri = record.fields.get('warc-target-uri')?.replace(/^<(.*)>$/, '$1') ?? null
  const checks = {
    type: record.type === row.type.trim().toLowerCase(),
    uri: uri === row.uri,
    date: (record.fields.get('warc-date') ?? null) === row.date,
    status: !head || String(head.status) === row.status,
    body: createHash('sha1').update(body).digest('hex') === row.decoded_sha1 && body.length === row.decoded_len,
  }
  return Object.entries(checks).flatMap(([name, same]) => (same ? [] : [name]))
}

function requestHeadLength(block: Buffer): number {
  const end = headerEnd(block, 0)
  return end === -1 ? block.length : end
}

describe.skipIf(!dataFolder)('real archives (needs MILLRACE_DATA)', () => {
  it('give the records that warcio gives', async () => {
    const unlike = new Set<string>()
    const quarantined: Record<string, string> = {}
    let alike = 0
    for (const file of names) {
      if (UNREAD[file]) continue
      const { events } = await readFile(archive(file), null, 64 * MiB)
      for (const row of expected.filter((one) => one.file === file)) {
        const place = `${file}@${row.offset}`
        const event = events.find((one) => one.offset === row.offset && one.sub === 0)
        if (event?.kind !== 'record') {
          quarantined[place] = event?.code ?? 'nothing'
          continue
        }
        const different = differences(row, event)
        if (different.length > 0) unlike.add(`${place} ${different.join(' ')}`)
        else alike++
      }
    }
    expect(quarantined).toEqual(QUARANTINED)
    expect(unlike).toEqual(DIFFERENT)
    expect(alike).toBe(794)
  })

  it('that hold ARC or zstd are one piece of damage, named so', async () => {
    for (const [file, code] of Object.entries(UNREAD)) {
      const bytes = archive(file)
      expect(outline((await readFile(bytes, null, 4 * MiB, file)).events), file).toEqual([`0+${bytes.length} ${code}`])
    }
  })

  it('in gzip over many records, which warcio refuses, give the records of the file that they were made from', async () => {
    const packed = await readFile(archive('derived-whirlwind__wholefile-gzip.warc.gz'))
    const plain = await readFile(archive('derived-whirlwind__uncompressed.warc'))
    const blocks = (events: readonly WarcEvent[]) =>
      events.map((event) => (event.kind === 'record' ? event.block : event.code))
    expect(blocks(packed.events)).toEqual(blocks(plain.events))
    expect(packed.events.map((event) => event.sub)).toEqual([0, 1, 2, 3])
    for (const file of ['warcio__example-bad-non-chunked.warc.gz', 'warcio__example-bad.warc.gz.bad'])
      expect(
        (await readFile(archive(file))).events.map((event) => event.kind),
        file,
      ).toEqual(Array(6).fill('record'))
  })

  it('cover their bytes, and give the same in ranges', async () => {
    for (const file of names) {
      const bytes = archive(file)
      const whole = await readFile(bytes)
      expect(coverageFault(whole.events, bytes.length), file).toBeNull()
      for (const rangeSize of [700, 20_000, 100_000]) {
        if (bytes.length / rangeSize > 300) continue
        const { events } = await readFile(bytes, rangeSize)
        expect(fingerprints(events), `${file} by ${rangeSize}`).toEqual(fingerprints(whole.events))
      }
    }
  })
})
