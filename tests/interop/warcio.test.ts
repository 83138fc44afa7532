/**
 * The archives of a crawl read by warcio, which a reader of our own could only agree with: every record, every digest, every body.
 * Needs MILLRACE_PEERS_PYTHON with warcio.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer, type Crawled, crawlSite, html, openSite, pageWith, type Site } from '../support/crawl-site.js'
import { temporaryFolder } from '../support/folder.js'

const python = process.env.MILLRACE_PEERS_PYTHON ?? ''
const hasWarcio = python !== '' && spawnSync(python, ['-c', 'import warcio']).status === 0
if (!hasWarcio) process.stderr.write('tests/interop/warcio.test.ts: skipped, no MILLRACE_PEERS_PYTHON with warcio\n')

const READ = `
import hashlib, json, sys
from warcio.archiveiterator import ArchiveIterator
for path in sys.argv[1:]:
    with open(path, 'rb') as stream:
        for record in ArchiveIterator(stream, check_digests='raise'):
            body = record.content_stream().read()
            print(json.dumps([record.rec_type, record.rec_headers.get_header('WARC-Target-URI'),
                record.http_headers.get_statuscode() if record.http_headers and record.rec_type != 'request' else None,
                hashlib.sha1(body).hexdigest()]))
`

describe.skipIf(!hasWarcio)('archives beside warcio (needs MILLRACE_PEERS_PYTHON with warcio)', () => {
  const page = pageWith('packed', ['/more'])
  let site: Site
  let crawled: Crawled
  let files: string[]

  beforeAll(async () => {
    site = await openSite({
      '/': pageWith('home', [
        '/gzip',
        '/chunked',
        '/same',
        '/same-too',
        '/empty',
        '/moved',
        '/gone',
        '/cut',
        '/again',
        '/ünïcode?q=ü',
      ]),
      '/gzip': answer(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }, gzipSync(page)),
      '/chunked': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' })
        response.write(gzipSync(`${page} `).subarray(0, 20))
        response.end(gzipSync(`${page} `).subarray(20))
      },
      '/same': pageWith('same'),
      '/same-too': pageWith('same'),
      '/empty': answer(200, { 'content-type': 'text/html' }),
      '/moved': answer(301, { location: '/more' }, 'moved'),
      '/cut': html('x'.repeat(5000)),
      '/again': (request, response) => {
        if (request.headers['if-none-match'] === '"1"') response.writeHead(304, { etag: '"1"' }).end()
        else response.writeHead(200, { etag: '"1"', 'content-type': 'text/html' }).end('<p>again')
      },
      '*': pageWith('any'),
    })
    const base = temporaryFolder()
    const values = { fetch: { bodySizeMax: 4096 }, output: { sizeMax: 4000 } }
    const { folder } = await crawlSite(site, base, values)
    crawled = await crawlSite(site, base, values, { folder, again: true })
    files = readdirSync(join(folder, 'warc'))
      .sort()
      .map((name) => join(folder, 'warc', name))
  })
  afterAll(() => site.close())

  it('are read record by record, digests and decoded bodies', () => {
    const { stdout, stderr } = spawnSync(python, ['-c', READ, ...files], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    expect(stderr).toBe('')
    const read: [string, string | null, string | null, string][] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(read.map(([type]) => type)).toEqual(crawled.records.map(({ type }) => type))
    expect(read.map(([, url]) => url ?? '')).toEqual(
      crawled.records.map(({ fields }) => fields.get('warc-target-uri') ?? ''),
    )
    const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')
    const at = (path: string) =>
      read.find(([type, url]) => type === 'response' && url === `http://site.test:${site.port}${path}`)
    expect([at('/gzip')?.[3], at('/chunked')?.[3], at('/moved')?.[2], at('/empty')?.[2]]).toEqual([
      sha1(page),
      sha1(`${page} `),
      '301',
      '200',
    ])
    expect(new Set(read.map(([type]) => type))).toEqual(
      new Set(['warcinfo', 'response', 'request', 'metadata', 'revisit']),
    )
    expect(read.filter(([type, , status]) => type === 'revisit' && status === '304')).toHaveLength(1)
  })

  it('pass warcio check', () => {
    const { status, stdout } = spawnSync(python, ['-m', 'warcio.cli', 'check', '-v', ...files], { encoding: 'utf8' })
    expect(stdout).not.toMatch(/digest failed|not specified in records with/i)
    const revisits = crawled.records.filter(({ type }) => type === 'revisit').length // warcio has no payload to check them by
    expect(status).toBe(0)
    expect(stdout.match(/digest pass/g)).toHaveLength(crawled.records.length - revisits)
    expect(stdout.match(/not checked \(revisit\)/g)).toHaveLength(revisits)
  })
})
