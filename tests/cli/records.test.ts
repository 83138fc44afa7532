/** `millrace records` on the command line: one line a record in all forms, damage with its offset, and the exit code. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { loadZstd } from '../../src/io/zstd.js'
import { millrace } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'
import { arcFile, arcRecord, httpBlock, pageRecord, perRecordGzip, warcRecord } from '../support/warc.js'

const folder = temporaryFolder()
const html = '<html><body><p>A page.</p></body></html>'
const sha1 = '1887252eeb3920296bf5ba69f318e71858b669e0'
const records = [
  warcRecord({ type: 'warcinfo', block: 'software: by hand\r\n' }),
  pageRecord('https://a.example/', gzipSync(html), { 'Content-Encoding': 'gzip' }),
  warcRecord({ type: 'request', url: 'https://a.example/', block: 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n' }),
]

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

async function list(...args: string[]) {
  const { code, stdout, stderr } = await millrace(['records', ...args])
  const rows = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  return { code, rows, stderr }
}

describe('millrace records', () => {
  it('writes a line of JSON a record, whatever the file is packed in', async () => {
    const zstd = await loadZstd()
    const forms: Record<string, Uint8Array> = {
      'a.warc': Buffer.concat(records),
      'a.warc.gz': perRecordGzip(records),
      'whole.warc.gz': gzipSync(Buffer.concat(records)),
      'a.warc.zst': Buffer.concat(records.map((record) => zstd.compress(record))),
    }
    const paths = Object.entries(forms).map(([name, bytes]) => file(name, bytes))
    const { code, rows, stderr } = await list(...paths)
    expect(code, stderr).toBe(0)
    expect(rows).toHaveLength(12)
    for (const [i, path] of paths.entries()) {
      const [info, page, request] = rows.slice(i * 3)
      expect(info).toMatchObject({
        file: path,
        offset: 0,
        type: 'warcinfo',
        uri: null,
        status: null,
        decodedLength: 19,
      })
      expect(page).toEqual({
        file: path,
        offset: page.offset,
        type: 'response',
        uri: 'https://a.example/',
        date: '2024-05-18T01:58:10Z',
        status: 200,
        contentType: 'text/html; charset=utf-8',
        decodedLength: html.length,
        decodedSha1: page.decodedSha1,
        error: null,
      })
      expect(page.decodedSha1).toBe(sha1)
      expect(request).toMatchObject({ type: 'request', decodedLength: 0, error: null })
    }
    expect(stderr).toContain('a.warc.zst: 3 records')
  })

  it('lists ARC files', async () => {
    const path = file('a.arc', arcFile([arcRecord('http://a.example/', httpBlock(html))]))
    const { code, rows } = await list(path)
    expect(code).toBe(0)
    expect(rows).toMatchObject([
      { type: 'arc_header', uri: 'filedesc://hand.arc', decodedLength: 0 },
      { type: 'response', uri: 'http://a.example/', status: 200, decodedSha1: sha1 },
    ])
  })

  it('names damage with its offset, goes on behind it, and ends with 1', async () => {
    const [info, page, request] = records as [Buffer, Buffer, Buffer]
    const bytes = Buffer.concat([info, page.subarray(0, page.length - 30), page, request])
    const path = file('damaged.warc', bytes)
    const { code, rows } = await list(path)
    expect(code).toBe(1)
    expect(rows.map((row) => [row.offset, row.type, row.error?.split(':')[0] ?? null])).toEqual([
      [0, 'warcinfo', null],
      [info.length, 'response', 'record-length'],
      [info.length + page.length - 30, 'response', null],
      [info.length + 2 * page.length - 30, 'request', null],
    ])
    const only = await list(path, '--damaged')
    expect(only.rows.map((row) => row.offset)).toEqual([info.length])
    expect(only.rows[0].error).toContain(`${path}:${info.length}: block of`)
  })

  it('reports a file that is not there and lists the others', async () => {
    const { code, rows, stderr } = await list(join(folder, 'none.warc'), file('b.warc', Buffer.concat(records)))
    expect(code).toBe(1)
    expect(stderr).toContain('none.warc')
    expect(rows).toHaveLength(3)
  })
})
