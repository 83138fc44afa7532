/** Wherever a file is cut, a run gives the same documents: also where a cut falls on bytes that only look like a record. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { readVerdicts } from '../../src/formats/arrow/verdicts.js'
import { loadZstd } from '../../src/io/zstd.js'
import { millrace } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'
import { arcFile, arcRecord, httpBlock, pageRecord, perRecordGzip, warcRecord } from '../support/warc.js'
import { compressedWith, dictionary, skippable, storedFrame } from '../support/zstd.js'

const folder = temporaryFolder()
const page = (n: number) =>
  `<html><body><p>Page ${n}. ${'A sentence that ends in a full stop. '.repeat(20 + (n % 7))}</p></body></html>`

function pages(from: number, to: number): Buffer[] {
  return Array.from({ length: to - from }, (_, i) => pageRecord(`http://site.example/${from + i}`, page(from + i)))
}

function arcPages(from: number, to: number): Buffer[] {
  return Array.from({ length: to - from }, (_, i) =>
    arcRecord(`http://site.example/${from + i}`, httpBlock(page(from + i))),
  )
}

/** One page in three records. */
function segmented(n: number): Buffer[] {
  const block = httpBlock(page(n))
  const cuts = [0, 200, 500, block.length]
  return [1, 2, 3].map((number) => {
    const first: Record<string, string> = { 'WARC-Record-ID': '<urn:uuid:1>' }
    const other: Record<string, string> = { 'WARC-Segment-Origin-ID': '<urn:uuid:1>' }
    if (number === 3) other['WARC-Segment-Total-Length'] = String(block.length)
    return warcRecord({
      type: number === 1 ? 'response' : 'continuation',
      url: `http://site.example/${n}`,
      block: block.subarray(cuts[number - 1], cuts[number]),
      fields: { 'WARC-Segment-Number': String(number), ...(number === 1 ? first : other) },
    })
  })
}

/** An archive inside an archive: its records are bytes of another's body, and no documents. */
function nested(): Buffer {
  const inner = Buffer.concat(pages(100, 130))
  const block = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: application/warc\r\n\r\n'), inner])
  const fields = { 'Content-Type': 'application/http; msgtype=response' }
  return Buffer.concat([
    ...pages(0, 5),
    warcRecord({ url: 'http://site.example/inner.warc', block, fields }),
    ...pages(5, 10),
  ])
}

function damaged(): Buffer {
  const members = pages(10, 40).map((record) => gzipSync(record))
  const bytes = Buffer.concat(members)
  const random = new Random(5)
  for (let i = 0; i < 8; i++) bytes[random.below(bytes.length)] ^= 1 + random.below(255)
  return Buffer.concat([bytes.subarray(0, 2000), random.bytes(900), bytes.subarray(2000)])
}

const inputs: Record<string, Buffer> = {
  'nested.warc': nested(),
  'nested-members.warc.gz': Buffer.concat([
    ...pages(40, 43).map((record) => gzipSync(record)),
    gzipSync(
      warcRecord({
        url: 'http://site.example/inner.gz',
        block: Buffer.concat(pages(200, 220).map((r) => gzipSync(r))),
      }),
      {
        level: 0, // stored: the inner members stand as they are in the outer one
      },
    ),
    ...pages(43, 46).map((record) => gzipSync(record)),
  ]),
  'damaged.warc.gz': damaged(),
  'whole.warc.gz': gzipSync(Buffer.concat(pages(60, 80))),
  'old.arc': arcFile(arcPages(300, 320)),
  'old.arc.gz': perRecordGzip([arcFile([]), ...arcPages(320, 340)]),
  'stored.warc.zst': Buffer.concat(pages(340, 360).map((record) => storedFrame(record))),
  'segments.warc': Buffer.concat([...pages(360, 363), ...segmented(363), ...pages(364, 367)]),
}

/** Those that take the compressor, which is loaded first. */
async function addFrames(): Promise<void> {
  const zstd = await loadZstd()
  const frames = (from: number, to: number) => pages(from, to).map((record) => zstd.compress(record))
  inputs['frames.warc.zst'] = Buffer.concat(frames(400, 420))
  inputs['whole.warc.zst'] = Buffer.from(zstd.compress(Buffer.concat(pages(420, 440))))
  const packed = await Promise.all(pages(440, 460).map((record) => compressedWith(dictionary, record)))
  inputs['dictionary.warc.zst'] = Buffer.concat([skippable(13, dictionary), ...packed])
  const bytes = Buffer.concat(frames(460, 480))
  bytes.fill(0x55, 900, 1000)
  inputs['damaged.warc.zst'] = bytes
}

interface Read {
  readonly rows: string[]
  readonly ledger: unknown
  readonly repairs: number
}

async function readWith(rangeSize: number): Promise<Read> {
  const run = join(folder, `run-${rangeSize}`)
  const config = join(folder, 'config.yaml')
  const set = ['--set', `input.rangeSize=${rangeSize}`, '--set', `output.arrow=${run}`]
  const { code, stderr } = await millrace(['run', config, ...set])
  expect(code, stderr).toBe(0)
  const zstd = await loadZstd()
  const rows = readdirSync(join(run, 'signals')).flatMap((name) =>
    [...readVerdicts(readFileSync(join(run, 'signals', name)), zstd)].map(
      (row) => `${row.file} ${row.offset} ${row.sub} ${row.id} ${row.url} ${row.verdict} ${row.textLength}`,
    ),
  )
  const step = readdirSync(join(run, 'done'))[0]
  const repairs = JSON.parse(readFileSync(join(run, 'done', step, 'repairs.json'), 'utf8'))
  const { files } = JSON.parse(readFileSync(join(run, 'ledger.json'), 'utf8'))
  return { rows: rows.sort(), ledger: files, repairs: Object.keys(repairs).length }
}

let whole: Read

beforeAll(async () => {
  await addFrames()
  mkdirSync(join(folder, 'in'))
  for (const [name, bytes] of Object.entries(inputs)) writeFileSync(join(folder, 'in', name), bytes)
  writeFileSync(
    join(folder, 'config.yaml'),
    `input: { warc: ${join(folder, 'in')}/* }\nstages: [extract-text]\noutput: { arrow: run }\n`,
  )
  whole = await readWith(2 ** 30)
})

describe('ranges', () => {
  it('of the whole files give the documents that were put in, and none of the inner archives', () => {
    const urls = whole.rows.map((row) => Number(row.split(' ')[4].split('/').at(-1)))
    const span = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
    for (const n of [...span(0, 10), ...span(40, 46), ...span(60, 80), ...span(300, 367), ...span(400, 460)]) {
      expect(urls.filter((url) => url === n)).toEqual([n])
    }
    expect(urls.filter((n) => n >= 100 && n < 300)).toEqual([])
    expect(urls.filter((n) => n >= 460).length).toBeGreaterThan(15)
    expect(urls.filter((n) => n >= 10 && n < 40).length).toBeGreaterThan(15)
    expect(whole.repairs).toBe(0)
  })

  it.each([701, 1500, 4096, 10_000])('of %i bytes give the same documents, verdicts and counts', async (rangeSize) => {
    const cut = await readWith(rangeSize)
    expect(cut.rows).toEqual(whole.rows)
    expect(cut.ledger).toEqual(whole.ledger)
    if (rangeSize < 2000) expect(cut.repairs).toBeGreaterThan(0) // cuts inside the inner archives were caught
  })
})
