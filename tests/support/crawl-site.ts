/** A web server on loopback that answers as each test wants, a crawl of it in this process, and its archives read back. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { loadCrawlConfig } from '../../src/crawl/config.js'
import { type CrawlOptions, type CrawlSummary, crawl } from '../../src/crawl/crawl.js'
import { headerEnd, parseHeader } from '../../src/formats/warc/header.js'
import { readFile } from './warc-events.js'

export type Respond = (request: IncomingMessage, response: ServerResponse, socket: Socket) => void
/** By `host` and path, or by path for every host; a text is an HTML page. */
export type Routes = Readonly<Record<string, Respond | string>>

export interface Site {
  readonly port: number
  /** `GET` targets in order, as `host/path`. */
  readonly asked: string[]
  /** When each was asked for, in milliseconds. */
  readonly times: number[]
  /** Connections that are open, and the most that were at once. */
  readonly connections: { now: number; most: number }
  routes: Routes
  close(): void
}

export async function openSite(routes: Routes = {}): Promise<Site> {
  const server: Server = createServer({ keepAliveTimeout: 2000 }, (request, response) => {
    const host = (request.headers.host ?? '').split(':', 1).join('')
    const path = request.url ?? '/'
    site.asked.push(host + path)
    site.times.push(performance.now())
    const route =
      site.routes[host + path] ?? site.routes[path] ?? site.routes[path.split('?', 1).join('')] ?? site.routes['*']
    if (route === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('not here')
    else if (typeof route === 'string') html(route)(request, response)
    else route(request, response, request.socket)
  })
  server.on('connection', (socket) => {
    site.connections.now++
    site.connections.most = Math.max(site.connections.most, site.connections.now)
    socket.on('close', () => site.connections.now--)
    socket.on('error', () => {}) // resets are part of the tests
  })
  await new Promise<void>((done) => server.listen(0, done))
  const site: Site = {
    port: (server.address() as AddressInfo).port, // listening on TCP
    asked: [],
    times: [],
    connections: { now: 0, most: 0 },
    routes,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return site
}

/** A page of its own, with links. */
export function pageWith(title: string, links: readonly string[] = [], extra = ''): string {
  const list = links.map((href) => `<li><a href="${href}">${href}</a></li>`).join('')
  return `<!doctype html><html><head><title>${title}</title>${extra}</head><body><p>This is ${title}.</p><ul>${list}</ul></body></html>`
}

export function html(
  text: string,
  headers: Readonly<Record<string, string>> = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(text)
  }
}

export function answer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): Respond {
  return (_, response) => {
    response.writeHead(status, headers).end(body)
  }
}

/** A config with everything quick and private addresses allowed. `values` are laid over its sections. */
export function configText(site: Site, folder: string, values: Readonly<Record<string, unknown>> = {}): string {
  const section = (name: string, base: object) => ({ ...base, ...(values[name] as object | undefined) }) // sections are mappings
  return stringify({
    contact: 'https://crawl.example/about',
    seeds: [`http://site.test:${site.port}/`],
    ...values,
    scope: section('scope', { allowPrivate: ['127.0.0.1/32'], ports: [site.port] }),
    politeness: section('politeness', { delaySeconds: 0 }),
    fetch: section('fetch', { retrySeconds: 0.01, connectSecondsMax: 2, silenceSecondsMax: 2, secondsMax: 4 }),
    output: section('output', { warc: folder }),
  })
}

export interface Crawled extends CrawlSummary {
  readonly records: readonly WrittenRecord[]
}

/** Crawls into a new folder below `base`; every name resolves to loopback. */
export async function crawlSite(
  site: Site,
  base: string,
  values: Readonly<Record<string, unknown>> = {},
  options: CrawlOptions & { readonly folder?: string } = {},
): Promise<Crawled> {
  const folder = options.folder ?? mkdtempSync(join(base, 'crawl-'))
  const file = join(base, 'crawl.yaml')
  writeFileSync(file, configText(site, folder, values))
  const summary = await crawl(loadCrawlConfig(file), { resolve: async () => ['127.0.0.1'], ...options })
  return { ...summary, records: await writtenRecords(folder) }
}

export interface WrittenRecord {
  readonly file: string
  readonly type: string
  /** Path and query of the target, without `http://site.test:PORT`. */
  readonly target: string
  readonly fields: ReadonlyMap<string, string>
  readonly block: Buffer
  /** First line and fields of an HTTP head. */
  readonly http: { readonly firstLine: string; readonly fields: ReadonlyMap<string, string> } | null
  readonly body: Buffer
}

/** All records of a crawl's archives, each checked: sound, version, digests. */
export async function writtenRecords(folder: string): Promise<WrittenRecord[]> {
  const records: WrittenRecord[] = []
  const ids = new Set<string>()
  for (const file of readdirSync(join(folder, 'warc')).sort()) {
    const { events } = await readFile(readFileSync(join(folder, 'warc', file)), null, 64 * 2 ** 20, file)
    for (const event of events) {
      if (event.kind !== 'record') throw new Error(`${file}:${event.offset}: ${JSON.stringify(event)}`)
      const { type, fields, block, version } = event
      const isHttp = fields.get('content-type')?.startsWith('application/http') ?? false
      const end = isHttp ? headerEnd(block, 0) : -1
      const body = end === -1 ? block : block.subarray(end)
      const id = fields.get('warc-record-id') ?? ''
      if (version !== '1.1' || ids.has(id) || !/^<urn:uuid:[0-9a-f-]{36}>$/.test(id))
        throw new Error(`${file}: record ${id}`)
      ids.add(id)
      check(fields.get('warc-block-digest'), block, `${file}: block of ${id}`)
      if (type === 'response') check(fields.get('warc-payload-digest'), body, `${file}: payload of ${id}`)
      const url = fields.get('warc-target-uri') ?? ''
      const target = url.replace(/^http:\/\/site\.test(:\d+)?/, '')
      records.push({ file, type, target, fields, block, http: isHttp ? parseHeader(block, 0, end) : null, body })
    }
  }
  return records
}

function check(given: string | undefined, bytes: Uint8Array, what: string): void {
  const expected = `sha1:${base32(createHash('sha1').update(bytes).digest())}`
  if (given !== expected) throw new Error(`${what}: expected digest ${expected}, got ${given}`)
}

/** RFC 4648, section 6, bit by bit. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)])
    .join('')
}

/** Targets of records of one type, sorted. */
export function targets(records: readonly WrittenRecord[], type: string): string[] {
  return records
    .filter((record) => record.type === type)
    .map(({ target }) => target)
    .sort()
}
