/**
 * One URL that was handed out: may it be fetched, what came back, what becomes of it. Gives a value; the crawl writes the records,
 * stores the outcome and lets the host rest.
 */
import { essence, isHtmlType, mayBePage, mimeType } from '../formats/warc/mime.js'
import { sha1Digest } from '../formats/warc/record-writer.js'
import { decodedBody } from './body.js'
import type { UrlForm } from './canonical-url.js'
import { captureDate, captureRecords } from './capture.js'
import type { Connections } from './connections.js'
import { type Answer, type Failure, fetchUrl, headerValues, type ResponseHead } from './fetch.js'
import type { Frontier } from './frontier.js'
import type { KnownPage, Outcome, QueuedUrl, StoredPayload, StoredRobots, TakenUrl } from './frontier-values.js'
import { headerDirectives, mergeDirectives, type PageLinks, readLinks } from './links.js'
import type { Robots, RobotsCache } from './robots-cache.js'
import { isPortAllowed, type Scope } from './scope.js'
import type { CrawlConfig } from './settings.js'
import { parseSitemap, SITEMAP_SIZE_MAX } from './sitemap.js'

export interface Visit {
  /** null: nothing was decided, the URL is handed out again. */
  readonly outcome: Outcome | null
  readonly found: readonly QueuedUrl[]
  /** WARC records, whole. */
  readonly records: readonly Buffer[]
  readonly robots?: { readonly origin: string; readonly stored: StoredRobots }
  /** What robots.txt asks for; 0: nothing, or not known yet. */
  readonly crawlDelaySeconds: number
  /** What is counted, by name. */
  readonly counts: Readonly<Record<string, number>>
  /** What it says of the host. `none`: it was not asked. */
  readonly host: 'none' | 'answered' | 'failed'
  /** The least that the host rests, in seconds. */
  readonly restSeconds: number
  /** Why a request failed, in the words of who found it. */
  readonly message?: string
  /** A redirect of a seed leads here: its host belongs to the crawl. */
  readonly seedsFound: readonly string[]
}

export interface VisitTools {
  readonly config: CrawlConfig
  readonly frontier: Frontier
  readonly connections: Connections
  readonly robots: RobotsCache
  readonly scope: Scope
  readonly form: UrlForm
  readonly headers: readonly string[]
  readonly signal: AbortSignal
  readonly now: () => number
}

const NOTHING = {
  outcome: null,
  found: [],
  records: [],
  counts: {},
  host: 'none',
  restSeconds: 0,
  crawlDelaySeconds: 0,
  seedsFound: [],
} as const satisfies Visit

/** Too early, too many, broken for now (RFC 9110, 6585). */
const RETRIED: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const PAUSE_MAX = 3600
const NO_BYTES = new Uint8Array(0)

export async function visit(taken: TakenUrl, tools: VisitTools): Promise<Visit> {
  const { origin } = new URL(taken.url)
  const rules = tools.robots.get(origin, tools.now())
  const result = await visitBy(rules, taken, tools)
  return rules === null ? result : { ...result, crawlDelaySeconds: delayOf(rules) }
}

function delayOf(rules: Robots | null): number {
  return rules === null || rules === 'deny' ? 0 : (rules.crawlDelaySeconds ?? 0)
}

async function visitBy(rules: Robots | null, taken: TakenUrl, tools: VisitTools): Promise<Visit> {
  const { scope } = tools
  const out = taken.kind === 'page' && !taken.isSeed ? scope.reasonAgainst(taken.url) : null
  if (out !== null) return done(taken, `left.${out}`) // the scope is narrower than when it was queued
  const { origin, pathname, search } = new URL(taken.url)
  if (rules === null) return visitRobots(taken, origin, tools)
  if (rules === 'deny') return done(taken, 'skipped.robotsUnreachable')
  if (!rules.isAllowed(pathname + search)) return done(taken, 'skipped.robots')
  const known = tools.frontier.page(taken.url)
  const { fetch } = tools.config
  const answer = await fetchUrl(tools.connections, {
    url: taken.url,
    headers: [...tools.headers, ...conditions(known)],
    limits: taken.kind === 'sitemap' ? { ...fetch, bodySizeMax: SITEMAP_SIZE_MAX } : fetch,
    wanted: (head) => taken.kind === 'sitemap' || isWanted(head, tools.config.scope.types),
    signal: tools.signal,
  })
  if (answer.kind === 'failure') return failed(taken, answer, tools)
  const again = laterTry(taken, answer, tools)
  return again ?? answered(taken, answer, known, tools)
}

/** The origin's robots.txt comes first, as a request of its own. */
async function visitRobots(taken: TakenUrl, origin: string, tools: VisitTools): Promise<Visit> {
  const { config, robots, scope, form } = tools
  const fetched = await robots.fetch(origin)
  if (fetched.kind === 'unreachable') {
    const { answer } = fetched
    if (answer.kind === 'answer') {
      const again = { ...taken, attempts: taken.attempts + 1 }
      const restSeconds = pauseAfter(answer, taken.attempts, config, tools.now())
      if (again.attempts < config.fetch.attemptsMax)
        return { ...NOTHING, outcome: { taken, again }, counts: { 'retries.robots': 1 }, host: 'answered', restSeconds }
    } else if (answer.reason === 'address' || taken.attempts + 1 < config.fetch.attemptsMax)
      return failed(taken, answer, tools)
    else if (answer.reason === 'stopped') return NOTHING
    const stored: StoredRobots = { fetchedAt: tools.now(), kind: 'deny', text: NO_BYTES }
    robots.note(origin, stored)
    return {
      ...NOTHING,
      outcome: { taken },
      counts: { [answer.kind === 'answer' ? 'skipped.robotsUnreachable' : `failed.${answer.reason}`]: 1 },
      message: `robots.txt: ${answer.kind === 'answer' ? `status ${answer.status}` : answer.message}`,
      host: answer.kind === 'answer' ? 'answered' : 'failed',
      robots: { origin, stored },
    }
  }
  const { stored, records, bytes } = fetched
  robots.note(origin, stored)
  const rules = robots.get(origin, tools.now())
  const listed = rules === null || rules === 'deny' ? [] : rules.sitemaps
  const found: QueuedUrl[] = []
  for (const address of config.scope.sitemaps ? listed : []) {
    const url = form.canonical(address, origin)
    if (url !== null && scope.isHostInScope(url)) found.push(sitemapAt(url))
  }
  return {
    ...NOTHING,
    records,
    found,
    robots: { origin, stored },
    crawlDelaySeconds: delayOf(rules),
    counts: { robots: records.length > 0 ? 1 : 0, bytes },
    host: 'answered',
  }
}

export function sitemapAt(url: string): QueuedUrl {
  return { url, kind: 'sitemap', priority: 1, depth: 0, redirects: 0, attempts: 0, isSeed: false }
}

function isWanted({ status, fields }: ResponseHead, types: readonly string[]): boolean {
  const contentType = fields.get('content-type') ?? ''
  // Where the header says nothing, the body may still show what it is.
  return status !== 200 || isType(essence(contentType), types) || mayBePage(contentType)
}

function isType(type: string, types: readonly string[]): boolean {
  return types.some((one) => (one.endsWith('*') ? type.startsWith(one.slice(0, -1)) : type === one))
}

/** RFC 9110, section 13.1: the server answers 304 when nothing has changed. */
function conditions(known: KnownPage | undefined): string[] {
  const headers: string[] = []
  if (known !== undefined && known.etag !== '') headers.push('If-None-Match', known.etag)
  if (known !== undefined && known.modified !== '') headers.push('If-Modified-Since', known.modified)
  return headers
}

function done(taken: TakenUrl, count: string): Visit {
  return { ...NOTHING, outcome: { taken }, counts: { [count]: 1 } }
}

function failed(taken: TakenUrl, { reason, message }: Failure, { config, frontier }: VisitTools): Visit {
  if (reason === 'stopped') return NOTHING
  const attempts = taken.attempts + 1
  // An address that is refused, or a head that is too long, is no other in a minute.
  if (reason === 'address' || reason === 'headers' || attempts >= config.fetch.attemptsMax)
    return { ...done(taken, `failed.${reason}`), message, host: reason === 'headers' ? 'answered' : 'failed' }
  const restSeconds = Math.min(PAUSE_MAX, config.fetch.retrySeconds * 2 ** frontier.hosts.failures(taken.host))
  const again = { ...taken, attempts }
  return { ...NOTHING, outcome: { taken, again }, counts: { [`retries.${reason}`]: 1 }, host: 'failed', restSeconds }
}

/** Busy servers and broken connections get another try, if the URL has tries left. */
function laterTry(taken: TakenUrl, answer: Answer, { config, now }: VisitTools): Visit | null {
  const broken = answer.truncated === 'disconnect'
  if (!broken && !RETRIED.has(answer.status)) return null
  if (taken.attempts + 1 >= config.fetch.attemptsMax) return null
  const again = { ...taken, attempts: taken.attempts + 1 }
  const counts = { [broken ? 'retries.disconnect' : `retries.status${answer.status}`]: 1, bytes: answer.body.length }
  const restSeconds = pauseAfter(answer, taken.attempts, config, now())
  return { ...NOTHING, outcome: { taken, again }, counts, host: broken ? 'failed' : 'answered', restSeconds }
}

/** Retry-After (RFC 9110, section 10.2.3), else a pause that doubles with each try. */
function pauseAfter({ fields }: Answer, attempts: number, { fetch }: CrawlConfig, now: number): number {
  const value = fields.get('retry-after')?.trim() ?? ''
  const asked = /^\d{1,9}$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000
  if (asked >= 0) return Math.min(asked, fetch.retryAfterMax)
  return Math.min(PAUSE_MAX, fetch.retrySeconds * 2 ** attempts)
}

// ---- answers ----

function answered(taken: TakenUrl, answer: Answer, known: KnownPage | undefined, tools: VisitTools): Visit {
  const { config, form } = tools
  const counts: Record<string, number> = { bytes: answer.body.length }
  const base = { ...NOTHING, outcome: { taken }, counts, host: 'answered' } as const
  // A server that goes on being busy is let rest, though this URL is done with.
  const restSeconds = RETRIED.has(answer.status) ? pauseAfter(answer, taken.attempts, config, tools.now()) : 0
  if (answer.unwanted) return { ...base, counts: { ...counts, 'skipped.type': 1 } }
  if (answer.status === 304 && known !== undefined) {
    const records = captureRecords(answer, {
      metadata: aboutFetch(taken, answer),
      notModifiedSince: { ...known.stored, digest: known.digest },
    })
    return { ...base, records, counts: { ...counts, 'stored.notModified': 1 } }
  }
  if (REDIRECTS.has(answer.status)) {
    const target = redirectTarget(taken, answer, tools, counts)
    counts['stored.redirect'] = 1
    const metadata = aboutFetch(taken, answer)
    if (target !== null) metadata.push(['outlink', `${target.url} R Location:`])
    return {
      ...base,
      records: captureRecords(answer, { metadata }),
      found: target === null ? [] : [target],
      seedsFound: target?.isSeed ? [target.url] : [],
    }
  }
  if (answer.status !== 200) {
    counts[`stored.status${answer.status}`] = 1
    return { ...base, restSeconds, records: captureRecords(answer, { metadata: aboutFetch(taken, answer) }) }
  }
  if (taken.kind === 'sitemap') return { ...base, ...readSitemap(taken, answer, tools, counts) }
  return { ...base, ...storePage(taken, answer, tools, counts) }

  function redirectTarget(from: TakenUrl, { fields }: Answer, { scope }: VisitTools, tally: Record<string, number>) {
    const location = fields.get('location')
    const url = location === undefined ? null : form.canonical(latin1ToUtf8(location), from.url)
    if (url === null || url === from.url) return null
    const redirects = from.redirects + 1
    const reason = redirects > config.fetch.redirectsMax ? 'redirects' : redirectReason(from, url, scope)
    if (reason !== null) {
      tally[`left.${reason}`] = 1
      return null
    }
    const { kind, priority, depth, isSeed } = from
    return { url, kind, priority, depth, isSeed, redirects, attempts: 0 }
  }
}

/** Where a seed's redirect leads belongs to the crawl; but no port, and no length, comes in that way. */
function redirectReason({ isSeed }: TakenUrl, url: string, scope: Scope): string | null {
  const reason = scope.reasonAgainst(url)
  return isSeed && (reason === 'outside' || reason === 'excluded') ? portReason(url, scope) : reason
}

function portReason(url: string, { rules }: Scope): string | null {
  return isPortAllowed(new URL(url), rules.ports) ? null : 'port'
}

/** Servers put raw UTF-8 into Location; header values are read as bytes. */
function latin1ToUtf8(text: string): string {
  const utf8 = Buffer.from(text, 'latin1').toString('utf8')
  return utf8.includes('\ufffd') ? text : utf8
}

function aboutFetch(taken: TakenUrl, { seconds }: Answer): [string, string][] {
  return [
    ['fetchTimeMs', String(Math.round(seconds * 1000))],
    ['depth', String(taken.depth)],
  ]
}

function storePage(taken: TakenUrl, answer: Answer, tools: VisitTools, counts: Record<string, number>): Partial<Visit> {
  const { config, frontier } = tools
  const text = decodedBody(answer, config.fetch.inflateMax)
  if (text === null) counts['notRead.encoding'] = 1
  // By the first bytes where the header is missing, or plainly wrong.
  const type = mimeType(answer.fields.get('content-type') ?? '', text ?? NO_BYTES)
  if (!isType(type, config.scope.types)) {
    counts['skipped.type'] = 1
    return {}
  }
  const page = text === null || !isHtmlType(type) ? null : linksOf(taken, answer, text, tools)
  const header = headerDirectives(headerValues(answer, 'x-robots-tag'), config.agent)
  const { noindex, nofollow } = page === null ? header : mergeDirectives(header, page.robots)
  const follow = page !== null && !(nofollow && config.politeness.nofollow === 'obey')
  if (page !== null && !follow) counts['left.nofollow'] = page.links.length
  else if (page !== null && page.nofollowLinks > 0) counts['left.nofollow'] = page.nofollowLinks
  const found = follow ? followed(taken, page, tools, counts) : []
  if (noindex && config.politeness.noindex === 'obey') {
    counts['skipped.noindex'] = 1
    return { found }
  }
  const metadata = aboutFetch(taken, answer)
  if (page !== null) {
    metadata.push(['charset', page.encoding])
    for (const { url, from } of page.links)
      metadata.push(['outlink', `${url} ${/frame/.test(from) ? 'E' : 'L'} ${from}`])
  }
  const digest = sha1Digest(answer.body)
  const isWhole = answer.truncated === null && answer.body.length > 0
  const before = isWhole && config.output.revisits ? frontier.payload(digest) : undefined
  const stored: StoredPayload = before ?? { url: taken.url, date: captureDate(answer) }
  if (isWhole && before === undefined) frontier.notePayload(digest, stored)
  counts[before === undefined ? 'stored.page' : 'stored.revisit'] = 1
  if (answer.truncated !== null) counts[`cut.${answer.truncated}`] = 1
  return {
    found,
    records: captureRecords(
      answer,
      before === undefined ? { metadata } : { metadata, revisitOf: { ...before, digest } },
    ),
    outcome: {
      taken,
      ...(isWhole ? { page: knownPage(taken, answer, digest, stored) } : {}),
      ...(isWhole && before === undefined ? { payload: { digest, ...stored } } : {}),
    },
  }
}

function knownPage(
  { url, depth, isSeed }: TakenUrl,
  { fields }: Answer,
  digest: string,
  stored: StoredPayload,
): KnownPage {
  const etag = fields.get('etag') ?? ''
  return {
    url,
    etag: isHeaderSafe(etag) ? etag : '',
    modified: dateHeader(fields.get('last-modified')),
    digest,
    stored,
    depth,
    isSeed,
  }
}

/** What a server said is sent back to it only where it can stand in a header. */
function isHeaderSafe(value: string): boolean {
  return value.length <= 512 && /^[\x21-\x7e]*$/.test(value)
}

function dateHeader(value = ''): string {
  return value.length <= 64 && /^[\w ,:+-]+$/.test(value) ? value : ''
}

function linksOf(taken: TakenUrl, answer: Answer, text: Buffer, { config, form }: VisitTools): PageLinks {
  const contentType = answer.fields.get('content-type') ?? ''
  return readLinks(text, contentType, taken.url, form, config.agent, config.politeness.nofollow === 'obey')
}

function followed(
  taken: TakenUrl,
  { links }: PageLinks,
  tools: VisitTools,
  counts: Record<string, number>,
): QueuedUrl[] {
  const depth = taken.depth + 1
  if (depth > tools.config.scope.depthMax) {
    counts['left.depth'] = links.length
    return []
  }
  return inScope(
    links.map(({ url }) => ({ url, kind: 'page', priority: 3, depth, redirects: 0, attempts: 0, isSeed: false })),
    tools,
    counts,
  )
}

function inScope(urls: readonly QueuedUrl[], { scope }: VisitTools, counts: Record<string, number>): QueuedUrl[] {
  return urls.filter(({ url }) => {
    const reason = scope.reasonAgainst(url)
    if (reason !== null) counts[`left.${reason}`] = (counts[`left.${reason}`] ?? 0) + 1
    return reason === null
  })
}

/** Sitemaps below sitemaps: an index names sitemaps, the protocol has no indexes of indexes, some sites do. */
const SITEMAP_DEPTH_MAX = 3

function readSitemap(
  taken: TakenUrl,
  answer: Answer,
  tools: VisitTools,
  counts: Record<string, number>,
): Partial<Visit> {
  const { form, scope } = tools
  const records = captureRecords(answer, { metadata: aboutFetch(taken, answer) })
  const text = decodedBody(answer, tools.config.fetch.inflateMax)
  const sitemap = text === null ? null : parseSitemap(text)
  counts[sitemap === null ? 'failed.sitemap' : 'stored.sitemap'] = 1
  if (sitemap === null) return { records }
  const urls = new Set<string>()
  for (const location of sitemap.locations) {
    const url = form.canonical(location)
    if (url !== null) urls.add(url)
  }
  if (sitemap.kind === 'index') {
    if (taken.depth >= SITEMAP_DEPTH_MAX) return { records }
    const near = [...urls].filter((url) => scope.isHostInScope(url))
    return { records, found: near.map((url) => ({ ...sitemapAt(url), depth: taken.depth + 1 })) }
  }
  const pages = Array.from(urls, (url): QueuedUrl => {
    return { url, kind: 'page', priority: 2, depth: 1, redirects: 0, attempts: 0, isSeed: false }
  })
  return { records, found: inScope(pages, tools, counts) }
}
