/**
 * Real archives against warcio 1.8's reading of them, record by record: offset, type, address, date, status, and length and
 * SHA-1 of the decoded content. Where we differ, and what we find beyond it, stands here with why.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { WarcEvent } from '../../../src/formats/warc/reader.js'
import { type RecordRow, recordRow } from '../../../src/formats/warc/row.js'
import { dataFolder, dataPath } from '../../support/data.js'
import { coverageFault, fingerprints, readFile } from '../../support/warc-events.js'

interface Expected {
  readonly file: string
  /** Index in the file. */
  readonly i: number
  /** Missing where warcio does not give one (zstd). */
  readonly offset?: number
  readonly type: string | null
  readonly uri: string | null
  readonly date: string | null
  /** Of requests the address, which is no status. */
  readonly status?: string
  readonly decoded_len: number
  readonly decoded_sha1: string
}

const MiB = 1024 * 1024

/** Records that both give out, read otherwise. */
const DIFFERENT: Readonly<Record<string, string>> = {
  // Its block is one line break, as its line says; warcio gives nothing.
  'warcio__bad.arc@202': 'content',
  // Addresses are given as they are written: warcio escapes spaces.
  'warcio__example-space-in-target-uri.warc.gz@241': 'uri',
  // Values begin with a tab and a space, which belong to none.
  'jwat__valid-warcfile-fields-metainfo.warc@0': 'uri date',
  'jwat__valid-warcfile-fields-warcinfo.warc@0': 'date',
  // `-`: there is no date.
  'jwat__test-arc-1.0-dashed-fields.arc@0': 'date',
  // HTTP messages under a chrome-extension: address, which warcio takes for none although Content-Type says so.
  'node-warc__parseMe.warc.gz@47691': 'content',
  'node-warc__parseMe.warc.gz@48136': 'status content',
}

/** Read alike, and named as damaged besides. warcio says so of none, and stops behind those with *. */
const DAMAGED: Readonly<Record<string, string>> = {
  'warcio__bad.arc@0': 'record-length', // lengths of -1 and abc
  'warcio__bad.arc@134': 'record-length',
  'warcio__bad.arc@262': 'record-length',
  'warcio__example-wrong-chunks.warc.gz@0': 'record-truncated', // * its block is not in its gzip member
  'warcio__example-trunc.warc@1197': 'record-length', // the next record stands within the 973 bytes that it names
  'warcio__example-space-in-url.arc@151': 'record-truncated', // the file is shorter than it says
  'chatnoir-resiliparse__clipped.warc.gz@0': 'gzip-truncated', // the member is cut off
  'derived-whirlwind__truncated-60pct.warc.gz@1023': 'gzip-truncated',
  'jwat__invalid-warcfile-fields-missing.warc@0': 'record-length', // no value for Content-Length
  'jwat__invalid-warcfile-lonely-continuation.warc@0': 'record-length', // no Content-Length at all
  'jwat__invalid-warcfile-lonely-monkeys.warc@0': 'record-length',
}

/** What warcio does not give: it refuses gzip over several records, and stops where a record is none. */
const BEYOND = {
  'warcio__example-bad.warc.gz.bad': ['response', 'request', 'revisit', 'request', 'response'],
  'warcio__example-bad-non-chunked.warc.gz': ['warcinfo', 'response', 'request', 'revisit', 'request'],
  'derived-whirlwind__wholefile-gzip.warc.gz': ['request', 'response', 'metadata'],
  'jwat__invalid-warcfile-lonely-revisit.warc': ['revisit record-length'],
  'jwat__invalid-arcfile-record-then-garbage.arc': ['not-warc'], // the garbage
}

const names = dataFolder
  ? (JSON.parse(readFileSync(dataPath('warc/manifest.json'), 'utf8')) as { file: string }[]).map(({ file }) => file)
  : []
const lines = dataFolder
  ? gunzipSync(readFileSync(dataPath('warc/expected_records.jsonl.gz')))
      .toString()
      .trim()
      .split('\n')
  : []
const expected = lines.map((line) => JSON.parse(line) as Expected)

function archive(name: string): Buffer {
  return readFileSync(dataPath(`warc/${name}`))
}

/** ARC's dates are digits. */
function isoDate(date: string | null): string | null {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\d*$/.exec(date ?? '') ?? []
  return year ? `${year}-${month}-${day}T${hour}:${minute}:${second}Z` : date
}

function differences(row: RecordRow, other: Expected): string {
  const same = {
    type: row.type === (other.type ?? '').trim().toLowerCase(),
    uri: row.uri === other.uri,
    date: row.date === isoDate(other.date),
    status: row.type === 'request' || (row.status?.toString() ?? null) === (other.status ?? null),
    content: row.decodedSha1 === other.decoded_sha1 && row.decodedLength === other.decoded_len,
  }
  return Object.entries(same)
    .flatMap(([name, isSame]) => (isSame ? [] : [name]))
    .join(' ')
}

describe.skipIf(!dataFolder)('real archives (needs MILLRACE_DATA)', () => {
  it('give the records that warcio gives, and those that it does not', async () => {
    const different: Record<string, string> = {}
    const damaged: Record<string, string> = {}
    const beyond: Record<string, string[]> = {}
    let alike = 0
    for (const file of names) {
      const { events } = await readFile(archive(file), null, 64 * MiB, file)
      const rows = events.flatMap((event) => recordRow(event, file, 64 * MiB) ?? [])
      for (const other of expected.filter((one) => one.file === file)) {
        const at = rows.findIndex((row) => row.offset === (other.offset ?? rows[0]?.offset))
        const [row] = rows.splice(at, 1)
        if (at === -1 || row === undefined) throw new Error(`${file}@${other.offset}: not found`)
        const unlike = differences(row, other)
        if (unlike !== '') different[`${file}@${row.offset}`] = unlike
        else alike++
        if (row.error !== null) damaged[`${file}@${row.offset}`] = row.error.split(':', 1).join()
      }
      const more = rows.map(({ type, error }) => [type, error?.split(':', 1).join()].filter(Boolean).join(' '))
      if (more.length > 0) beyond[file] = more
    }
    expect(different).toEqual(DIFFERENT)
    expect(damaged).toEqual(DAMAGED)
    expect(beyond).toEqual(BEYOND)
    expect(alike).toBe(expected.length - Object.keys(DIFFERENT).length)
  })

  it('give the same whatever they are packed in', async () => {
    const blocks = (events: readonly WarcEvent[]) =>
      events.map((event) => (event.kind === 'record' ? event.block : event.kind))
    const plain = await readFile(archive('derived-whirlwind__uncompressed.warc'))
    for (const name of ['derived-whirlwind__wholefile-gzip.warc.gz', 'derived-whirlwind__per-record-zstd.warc.zst'])
      expect(blocks((await readFile(archive(name))).events), name).toEqual(blocks(plain.events))
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
