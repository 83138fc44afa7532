/**
 * The committed samples are what they say: one gzip member a record, lengths and digests right, and packed from samples/pages/.
 * Reads the files with nothing of our own but node:zlib, so that a fault in our reader can't hide a fault in the samples.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { brotliDecompressSync, gunzipSync, inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const samples = resolve(import.meta.dirname, '../samples')
const crawlFiles = ['crawl-00.warc.gz', 'crawl-01.warc.gz', 'crawl-02.warc.gz']

interface WarcRecord {
  offset: number
  fields: Map<string, string>
  block: Buffer
}

/** Start of the member after the one at `offset`, and what that member holds. */
function inflateMember(bytes: Buffer, offset: number): { content: Buffer; end: number } {
  expect(bytes.subarray(offset, offset + 4).toString('hex'), `gzip header at ${offset}`).toBe('1f8b0800')
  // The types do not know `info`, which also gives the engine and with it the bytes that were read.
  const result = inflateRawSync(bytes.subarray(offset + 10), { info: true }) as unknown as {
    buffer: Buffer
    engine: { bytesWritten: number }
  }
  const deflateEnd = offset + 10 + result.engine.bytesWritten
  expect(bytes.readUInt32LE(deflateEnd + 4)).toBe(result.buffer.length)
  return { content: result.buffer, end: deflateEnd + 8 }
}

function readRecords(file: string): WarcRecord[] {
  const bytes = readFileSync(file)
  const records: WarcRecord[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const { content, end } = inflateMember(bytes, offset)
    const headEnd = content.indexOf('\r\n\r\n')
    const [version, ...lines] = content.subarray(0, headEnd).toString().split('\r\n')
    expect(version).toBe('WARC/1.0')
    const fields = new Map(lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]))
    const block = content.subarray(headEnd + 4, content.length - 4)
    expect(content.subarray(content.length - 4).toString()).toBe('\r\n\r\n')
    records.push({ offset, fields, block })
    offset = end
  }
  return records
}

function payload(record: WarcRecord): Buffer {
  return record.block.subarray(record.block.indexOf('\r\n\r\n') + 4)
}

function httpHead(record: WarcRecord): string {
  return record.block.subarray(0, record.block.indexOf('\r\n\r\n')).toString()
}

/** RFC 4648, section 6, one bit string at a time. */
function sha1Base32(bytes: Buffer): string {
  const hex = createHash('sha1').update(bytes).digest('hex')
  const digits = BigInt(`0x${hex}`).toString(32).padStart(32, '0')
  const letter = (digit: string) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(digit, 32)]
  return `sha1:${[...digits].map(letter).join('')}`
}

function dechunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16)
    if (size === 0) return Buffer.concat(parts)
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}

/** The entity of a response with both encodings undone. */
function decodedBody(record: WarcRecord): Buffer {
  const head = httpHead(record)
  const body = head.includes('Transfer-Encoding: chunked') ? dechunk(payload(record)) : payload(record)
  if (head.includes('Content-Encoding: gzip')) return gunzipSync(body)
  if (head.includes('Content-Encoding: br')) return brotliDecompressSync(body)
  return body
}

/** What has to be the same wherever the files are packed: digests and lengths of compressed bodies depend on the zlib build. */
function comparable(record: WarcRecord): unknown {
  if (!httpHead(record).includes('Content-Encoding'))
    return { fields: [...record.fields], block: record.block.toString('latin1') }
  const isStable = ([name]: [string, string]) => !/Digest|Content-Length/.test(name)
  const head = httpHead(record).replace(/Content-Length: \d+/, '')
  const body = record.fields.get('WARC-Type') === 'response' ? decodedBody(record).toString('latin1') : ''
  return { fields: [...record.fields].filter(isStable), head, body }
}

describe.each(crawlFiles)('%s', (file) => {
  const records = readRecords(join(samples, file))
  const ofType = (type: string) => records.filter((record) => record.fields.get('WARC-Type') === type)

  it('starts with a warcinfo and goes on in pairs of request and response', () => {
    const types = records.map((record) => record.fields.get('WARC-Type'))
    expect(types[0]).toBe('warcinfo')
    const pairs = types.slice(1).filter((_, index) => index % 2 === 0)
    const answers = types.slice(1).filter((_, index) => index % 2 === 1)
    expect(new Set(pairs)).toEqual(new Set(['request']))
    expect(answers.every((type) => type === 'response' || type === 'revisit')).toBe(true)
    expect(pairs.length).toBe(answers.length)
  })

  it('has right lengths and digests, and record ids of its own', () => {
    for (const record of records) {
      expect(Number(record.fields.get('Content-Length'))).toBe(record.block.length)
      expect(record.fields.get('WARC-Block-Digest')).toBe(sha1Base32(record.block))
    }
    for (const record of ofType('response'))
      expect(record.fields.get('WARC-Payload-Digest')).toBe(sha1Base32(payload(record)))
    expect(new Set(records.map((record) => record.fields.get('WARC-Record-ID'))).size).toBe(records.length)
  })

  it('has HTTP lengths that agree with the payload', () => {
    for (const record of ofType('response')) {
      const length = /^Content-Length: (\d+)$/m.exec(httpHead(record).replaceAll('\r', ''))?.[1]
      if (length === undefined) expect(httpHead(record)).toContain('Transfer-Encoding: chunked')
      else expect(Number(length)).toBe(payload(record).length)
      expect(decodedBody(record).length).toBeGreaterThan(0)
    }
  })

  it('is listed capture by capture in SOURCES.md', () => {
    const sources = readFileSync(join(samples, 'SOURCES.md'), 'utf8')
    for (const record of ofType('request')) expect(sources).toContain(`| ${record.fields.get('WARC-Target-URI')} `)
  })
})

describe('samples', () => {
  it('packs to the same records again', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-samples-'))
    try {
      execFileSync(process.execPath, [resolve(samples, '../scripts/pack-samples.js'), '--output', folder])
      for (const file of crawlFiles) {
        const [packed, committed] = [readRecords(join(folder, file)), readRecords(join(samples, file))]
        expect(packed.map(comparable)).toEqual(committed.map(comparable))
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('refers a revisit to the capture with the same payload', () => {
    const records = crawlFiles.flatMap((file) => readRecords(join(samples, file)))
    const revisits = records.filter((record) => record.fields.get('WARC-Type') === 'revisit')
    expect(revisits.length).toBe(1)
    for (const revisit of revisits) {
      const original = records.find(
        (record) =>
          record.fields.get('WARC-Type') === 'response' &&
          record.fields.get('WARC-Target-URI') === revisit.fields.get('WARC-Refers-To-Target-URI'),
      )
      expect(revisit.fields.get('WARC-Payload-Digest')).toBe(original?.fields.get('WARC-Payload-Digest'))
      expect(revisit.fields.get('WARC-Refers-To-Date')).toBe(original?.fields.get('WARC-Date'))
      expect(payload(revisit).length).toBe(0)
    }
  })

  it('holds legacy charsets that read back as their pages were written', () => {
    const responses = crawlFiles.flatMap((file) =>
      readRecords(join(samples, file)).filter((record) => record.fields.get('WARC-Type') === 'response'),
    )
    const body = (part: string) => {
      const found = responses.find((record) => record.fields.get('WARC-Target-URI')?.includes(part))
      if (!found) throw new Error(`expected a response for ${part}`)
      return decodedBody(found)
    }
    // 0x84 and 0x93 are the German quotation marks of windows-1252, control characters in Latin-1.
    expect(
      body('backstube').includes(Buffer.from([0x84, ...Buffer.from('Die ersten Wochen waren schlimm'), 0x93])),
    ).toBe(true)
    expect(new TextDecoder('shift_jis', { fatal: true }).decode(body('asaichi'))).toContain('朝市の猫と新しい決まり')
    expect(new TextDecoder('windows-1251', { fatal: true }).decode(body('derevyannyj-most'))).toContain(
      'Старый деревянный мост',
    )
    expect(new TextDecoder('euc-jp', { fatal: true }).decode(body('14298733'))).toContain('鍋は怒らずに育てろ')
    expect(new TextDecoder('windows-1256', { fatal: true }).decode(body('id=9917'))).toContain('المنارة')
    // KOI8-R has no guillemets: as in content systems, a reference stands for what a charset lacks.
    expect(new TextDecoder('koi8-r', { fatal: true }).decode(body('obyavleniya'))).toContain(
      'лодку &#171;Казанка&#187;',
    )
  })

  it('has JSON Lines with an id, a url and either text or html', () => {
    const lines = readFileSync(join(samples, 'documents.jsonl'), 'utf8').trimEnd().split('\n')
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(rows.length).toBeGreaterThanOrEqual(8)
    for (const row of rows) {
      expect(row).toMatchObject({ id: expect.any(String), url: expect.any(String) })
      expect(['text', 'html'].filter((key) => typeof row[key] === 'string').length).toBe(1)
    }
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length)
  })

  it('stays small', () => {
    const packedBytes = crawlFiles
      .map((file) => statSync(join(samples, file)).size)
      .reduce((sum, size) => sum + size, 0)
    expect(packedBytes).toBeLessThan(700_000)
  })

  it('has 120 pages, and each site in the table of SOURCES.md', () => {
    const sites = readdirSync(join(samples, 'pages'))
    const pages = sites.flatMap((site) =>
      readdirSync(join(samples, 'pages', site)).filter((file) => file.endsWith('.md')),
    )
    expect(pages.length).toBe(120)
    const sources = readFileSync(join(samples, 'SOURCES.md'), 'utf8')
    for (const site of sites) expect(sources).toContain(`| ${site} `)
    expect(sources).toContain(`${pages.length} pages on ${sites.length} sites`)
  })
})
