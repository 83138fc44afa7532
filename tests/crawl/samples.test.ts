/** From sites to a corpus: the sample sites served on loopback, crawled, and run as the packed samples are: the same texts are kept. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { dechunk, parseHttpHead } from '../../src/formats/warc/http.js'
import { millrace, root } from '../support/cli.js'
import { answer, type Crawled, crawlSite, openSite, type Respond, type Site } from '../support/crawl-site.js'
import { temporaryFolder } from '../support/folder.js'
import { readFile } from '../support/warc-events.js'

const base = temporaryFolder()
const samples = join(root, 'samples')
/** By host, path and query; robots.txt, which asks for a longer delay, is left out. */
const pages = new Map<string, { status: number; target: string; host: string }>()
let site: Site
let crawled: Crawled

beforeAll(async () => {
  site = await openSite()
  const routes: Record<string, Respond> = { '/robots.txt': answer(404) }
  for (const name of readdirSync(samples)
    .filter((file) => file.endsWith('.warc.gz'))
    .sort()) {
    const { events } = await readFile(readFileSync(join(samples, name)))
    for (const event of events) {
      if (event.kind !== 'record' || event.type !== 'response') continue
      const { host, pathname, search } = new URL(event.fields.get('warc-target-uri') ?? '')
      const head = parseHttpHead(event.block)
      if (head === null || pathname === '/robots.txt' || routes[host + pathname + search] !== undefined) continue
      const { status, fields, bodyStart } = head
      const body = event.block.subarray(bodyStart)
      const kept = ['content-type', 'content-encoding', 'etag', 'last-modified', 'x-robots-tag']
      const headers = Object.fromEntries(
        kept.flatMap((field) => (fields.has(field) ? [[field, fields.get(field) ?? '']] : [])),
      )
      const location = fields.get('location')
      if (location !== undefined) headers.location = location.replace(/^https?:\/\/([^/]+)/, `http://$1:${site.port}`)
      routes[host + pathname + search] = answer(
        status,
        headers,
        fields.get('transfer-encoding') === 'chunked' ? dechunk(body) : body,
      )
      pages.set(host + pathname + search, { status, target: pathname + search, host })
    }
  }
  site.routes = routes
  const seeds = [...pages.values()].map(({ host, target }) => `http://${host}:${site.port}${target}`)
  crawled = await crawlSite(site, base, {
    seeds,
    scope: { dropParameters: [], depthMax: 0 },
    politeness: { noindex: 'ignore' },
    fetch: { connections: 16, attemptsMax: 1 },
  })
})
afterAll(() => site.close())

/** Texts that a short pipeline keeps, sorted. */
async function keptTexts(name: string, warc: string): Promise<string[]> {
  const file = join(base, `${name}.yaml`)
  const stages = [
    'extract-text',
    { 'dedup-exact': { by: ['text'] } },
    { 'filter-gopher-quality': { wordCountMin: 20 } },
  ]
  writeFileSync(file, stringify({ input: { warc }, stages, output: { jsonl: name, compression: 'none' } }))
  const { code, stderr } = await millrace(['run', file, '--workers', '1'])
  expect([code, stderr], stderr).toEqual([0, expect.not.stringContaining('error')])
  const folder = join(base, name, 'documents')
  const lines = readdirSync(folder).flatMap((shard) => readFileSync(join(folder, shard), 'utf8').trimEnd().split('\n'))
  return lines.map((line) => String(JSON.parse(line).text)).sort()
}

it('every page of the samples is asked for once, and recorded', () => {
  const asked = site.asked.filter((one) => !one.endsWith('/robots.txt') && pages.has(one))
  expect(asked.sort()).toEqual([...pages.keys()].sort())
  const recorded = crawled.records.filter(({ type, fields }) => {
    return (type === 'response' || type === 'revisit') && !fields.get('warc-target-uri')?.endsWith('/robots.txt')
  })
  const wanted =
    [...pages.values()].filter(({ status }) => status !== 200).length + (crawled.counters['stored.page'] ?? 0)
  expect(recorded.length).toBeGreaterThanOrEqual(wanted)
  expect(
    (crawled.counters['stored.page'] ?? 0) +
      (crawled.counters['stored.revisit'] ?? 0) +
      (crawled.counters['skipped.type'] ?? 0),
  ).toBe([...pages.values()].filter(({ status }) => status === 200).length)
})

it('a run on the crawl keeps the texts that a run on the packed samples keeps', async () => {
  const [ofSamples, ofCrawl] = await Promise.all([
    keptTexts('samples', join(samples, '*.warc.gz')),
    keptTexts('crawl', join(crawled.folder, 'warc/*.warc.gz')),
  ])
  expect(ofSamples.length).toBeGreaterThan(50)
  expect(ofCrawl).toEqual(ofSamples)
})
