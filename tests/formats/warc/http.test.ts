import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { compress } from '@bokuweb/zstd-wasm'
import { beforeAll, describe, expect, it } from 'vitest'
import { RecordError } from '../../../src/errors/errors.js'
import { dechunk, decodeBody, parseHttpHead } from '../../../src/formats/warc/http.js'
import { looksLikeHtml } from '../../../src/formats/warc/mime.js'
import { loadZstd } from '../../../src/io/zstd.js'
import { Random } from '../../support/random.js'
import { frameOf, skippable, storedFrame } from '../../support/zstd.js'

const MiB = 1024 * 1024

beforeAll(async () => {
  await loadZstd()
})

const html = Buffer.from(`<html><body>${'Grüße aus der Crawl-Welt. '.repeat(100)}</body></html>`)

function decoded(body: Uint8Array, fields: Record<string, string>, sizeMax = MiB): Buffer {
  return decodeBody(Buffer.from(body), new Map(Object.entries(fields)), sizeMax)
}

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof RecordError) return error.code
    throw error
  }
  return 'none'
}

describe('parseHttpHead', () => {
  const head = (text: string) => parseHttpHead(Buffer.from(text))

  it('reads status, fields and where the body starts', () => {
    const read = head('HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nX-A: 1\r\n folded\r\nx-a: 2\r\n\r\nbody')
    expect(read?.status).toBe(404)
    expect([...(read?.fields ?? [])]).toEqual([
      ['content-type', 'text/html'],
      ['x-a', '1 folded'],
    ])
    expect(read?.bodyStart).toBe(76)
  })

  it('takes what servers and crawlers write', () => {
    expect(head('HTTP/1.0 302 \r\r\nLocation: x\r\r\n\r\r\nbody')?.status).toBe(302)
    expect(head('HTTP/2 200\nA: b\n\nbody')?.bodyStart).toBe(17)
    expect(head('HTTP/1.1 200 OK\r\nA: b\r\n')?.bodyStart).toBe(23) // headers alone
  })

  it('gives null for what has no status line', () => {
    for (const text of ['', 'HTTP', 'ICY 200 OK\r\n\r\n', 'HTTP/1.1 OK\r\n\r\n', 'HTTP/1.1 2000 OK\r\n\r\n', '<html>'])
      expect(head(text), text).toBeNull()
  })
})

describe('dechunk', () => {
  const chunks = (text: string) => dechunk(Buffer.from(text)).toString()

  it('joins chunks; extensions and trailers are passed over', () => {
    expect(chunks('4\r\nWiki\r\n6;a=b\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: x\r\n\r\n')).toBe(
      'Wikipedia in \r\n\r\nchunks.',
    )
  })

  it('takes a body that is not chunked as it is, and goes on as it is where chunks end', () => {
    expect(chunks('<!doctype html>\nnot chunked')).toBe('<!doctype html>\nnot chunked')
    expect(chunks('4\r\nWiki\r\nnonsense')).toBe('Wikinonsense')
    expect(chunks('4\r\nWiki\r\n')).toBe('Wiki') // cut off between chunks
    expect(chunks('ff\r\nWiki')).toBe('Wiki') // cut off in a chunk
    expect(chunks('')).toBe('')
  })

  it('gives back what was cut into chunks at random', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = new Random(seed)
      const body = Buffer.from(random.bytes(random.below(3000)))
      const parts: Uint8Array[] = []
      for (let at = 0; at < body.length; ) {
        const end = Math.min(body.length, at + 1 + random.below(500))
        parts.push(Buffer.from(`${(end - at).toString(16)}\r\n`), body.subarray(at, end), Buffer.from('\r\n'))
        at = end
      }
      parts.push(Buffer.from('0\r\n\r\n'))
      expect(dechunk(Buffer.concat(parts)).equals(body), `seed ${seed}`).toBe(true)
    }
  })
})

describe('decodeBody', () => {
  it('removes each encoding, and several in reverse order', () => {
    const packed: [string, Buffer][] = [
      ['gzip', gzipSync(html)],
      ['x-gzip', gzipSync(html)],
      ['deflate', deflateSync(html)],
      ['deflate', deflateRawSync(html)],
      ['br', brotliCompressSync(html)],
      ['deflate, gzip', gzipSync(deflateSync(html))],
      ['zstd', Buffer.from(compress(html))],
      ['zstd', storedFrame(html, 500)],
      ['zstd', Buffer.concat([compress(html.subarray(0, 900)), skippable(1, html), compress(html.subarray(900))])],
      ['gzip', Buffer.concat([gzipSync(html), Buffer.from('garbage behind')])],
      ['deflate', Buffer.concat([deflateSync(html), Buffer.from('garbage behind')])],
      ['deflate', Buffer.concat([deflateRawSync(html), Buffer.from('garbage behind')])],
      ['br', Buffer.concat([brotliCompressSync(html), Buffer.from('garbage behind')])],
      ['zstd', Buffer.concat([compress(html), Buffer.from('garbage behind')])],
      ['GZIP', gzipSync(html)],
      ['identity', html],
      ['utf-8', html],
    ]
    for (const [encoding, body] of packed)
      expect(decoded(body, { 'content-encoding': encoding }).equals(html), encoding).toBe(true)
    const gzip = gzipSync(html)
    const chunked = Buffer.concat([Buffer.from(`${gzip.length.toString(16)}\r\n`), gzip, Buffer.from('\r\n0\r\n\r\n')])
    expect(decoded(chunked, { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }).equals(html)).toBe(true)
  })

  it('takes a body as it is whose encoding was removed while the header stayed', () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd'])
      expect(decoded(html, { 'content-encoding': encoding }).equals(html), encoding).toBe(true)
  })

  it('gives what a body cut off holds', () => {
    for (const [encoding, body] of [
      ['gzip', gzipSync(html)],
      ['deflate', deflateSync(html)],
      ['br', brotliCompressSync(html)],
      ['zstd', storedFrame(html, 300)],
    ] as const) {
      const cut = decoded(body.subarray(0, body.length - 12), { 'content-encoding': encoding })
      expect(cut.length, encoding).toBeGreaterThan(0)
      expect(html.subarray(0, cut.length).equals(cut), encoding).toBe(true)
    }
  })

  it('says what is damaged, unknown or too large', () => {
    const gzip = gzipSync(html)
    gzip[gzip.length - 5] = (gzip[gzip.length - 5] as number) ^ 1 // in the checksum
    expect(codeOf(() => decoded(gzip, { 'content-encoding': 'gzip' }))).toBe('http-encoding')
    expect(codeOf(() => decoded(Buffer.from('nonsense'), { 'content-encoding': 'deflate' }))).toBe('http-encoding')
    expect(codeOf(() => decoded(Buffer.from('\x1f\x9dnonsense', 'latin1'), { 'content-encoding': 'compress' }))).toBe(
      'http-encoding',
    )
    const bomb = gzipSync(Buffer.alloc(2 * MiB))
    expect(codeOf(() => decoded(bomb, { 'content-encoding': 'gzip' }))).toBe('record-too-large')
    expect(codeOf(() => decoded(brotliCompressSync(Buffer.alloc(2 * MiB)), { 'content-encoding': 'br' }))).toBe(
      'compression-ratio',
    )
    const runs = Array.from({ length: 40 }, () => ({
      ...{ type: 'repeated' as const, content: Buffer.from('x'), count: 128 * 1024 },
    }))
    expect(codeOf(() => decoded(frameOf(runs), { 'content-encoding': 'zstd' }, 100 * MiB))).toBe('compression-ratio')
    expect(codeOf(() => decoded(compress(Buffer.alloc(100_000)), { 'content-encoding': 'zstd' }, 9000))).toBe(
      'record-too-large',
    )
    const broken = Buffer.from(compress(html))
    broken[7] = 0xff // the block's header: a reserved type
    expect(codeOf(() => decoded(broken, { 'content-encoding': 'zstd' }))).toBe('http-encoding')
    expect(codeOf(() => decoded(frameOf(runs, 30), { 'content-encoding': 'zstd' }))).toBe('http-encoding')
  })
})

describe('looksLikeHtml', () => {
  it('tells pages by their first tag', () => {
    const yes = [
      '<!DOCTYPE html>',
      '  \n<HTML lang=en>',
      '\xef\xbb\xbf<body>',
      '<!-- x -->',
      '<?xml version="1.0"?>\n<html>',
      '<p>a',
    ]
    const no = ['', '%PDF-1.4', '{"a":1}', '<?xml version="1.0"?><rss>', '<svg>', 'text <html>', '<pre', '<article>']
    for (const text of yes) expect(looksLikeHtml(Buffer.from(text, 'latin1')), text).toBe(true)
    for (const text of no) expect(looksLikeHtml(Buffer.from(text, 'latin1')), text).toBe(false)
  })
})
