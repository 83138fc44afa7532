/**
 * The frontier: which URLs a crawl knows, and which are still to be fetched, in an LMDB store. A URL that is handed out stays in
 * its queue on disk until the transaction that stores its outcome, so a killed crawl has lost nothing and finds
 * it queued again. All that one transaction says (what is done, what was found, how far the archive is written) holds together.
 *
 *   seen      host, hash of a URL (20 bytes)                 → round in which it was queued last
 *   queue     host, priority, depth, number (13 bytes)       → flags, attempts, redirects, URL
 *   hosts     number of a host                               → name, URLs queued, answers, whether it is closed
 *   hostIds   name of a host                                 → its number
 *   pages     host, hash of a URL                            → what a later round needs to ask only for what changed
 *   payloads  SHA-1 of a body                                → where and when it was stored first
 *   seeds     host, hash of a URL                            → a URL that a seed's redirect led to
 *   robots    origin                                         → its robots.txt
 *   state     'crawl'                                        → round, counters, place in the archive
 *
 * Keys begin with the host: most links of a page lead to its own, so a transaction touches few pages of the store.
 * Bounded memory: per host 40 bytes (`host-table.ts`); queues are read some URLs ahead for hosts at work only.
 */
import assert from 'node:assert'
import { type Database, open, type RootDatabase } from 'lmdb'
import { hostKey, keyText, queueKey, readEntry, roundMark, urlKey, writeEntry } from './frontier-keys.js'
import {
  type Commit,
  type CrawlState,
  EMPTY_STATE,
  type HostRow,
  type KnownPage,
  type QueuedUrl,
  type StoredPayload,
  type StoredRobots,
  type TakenUrl,
} from './frontier-values.js'
import { HostTable } from './host-table.js'
import { RecentSet } from './recent-set.js'

/** URLs that are read ahead of a host at work. */
const AHEAD = 64
/** Hosts of which URLs are kept read ahead. */
const HOSTS_AHEAD_MAX = 4096
const NAMES_KEPT_MAX = 50_000
const RECENT_MAX = 50_000
/** URLs that are added in one transaction. */
const ADD_BATCH = 10_000

/** A host at work. */
interface Ahead {
  urls: TakenUrl[]
  /** Keys that are handed out. */
  readonly taken: Set<string>
}

export class Frontier {
  hosts: HostTable
  state: CrawlState
  /** URLs in queues on disk, those handed out among them. */
  queued = 0
  readonly #root: RootDatabase
  readonly #seen: Database<Buffer, Buffer>
  readonly #queue: Database<Buffer, Buffer>
  readonly #hosts: Database<HostRow, number>
  readonly #hostIds: Database<number, string>
  readonly #pages: Database<KnownPage, Buffer>
  readonly #payloads: Database<StoredPayload, string>
  readonly #seeds: Database<string, Buffer>
  readonly #robots: Database<StoredRobots, string>
  readonly #state: Database<CrawlState & { nextNumber: number }, string>
  readonly #ahead = new Map<number, Ahead>()
  readonly #names = new Map<string, number>()
  /** Rows of hosts that the transaction in work adds. */
  readonly #newHosts = new Map<number, HostRow>()
  /** URLs that were met lately: the menu of a site stands on each of its pages. */
  readonly #recent = new RecentSet(RECENT_MAX)
  /** Payloads of outcomes that are not committed yet. */
  readonly #newPayloads = new Map<string, StoredPayload>()
  #nextNumber: number

  constructor(
    folder: string,
    private readonly connectionsPerHost: number,
  ) {
    // A commit that is not flushed survives a kill; after a loss of power the store stands at an earlier one, which is as sound.
    this.#root = open({ path: folder, maxDbs: 12, noSubdir: false, separateFlushed: true })
    const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
    this.#seen = this.#root.openDB('seen', binary)
    this.#queue = this.#root.openDB('queue', binary)
    this.#hosts = this.#root.openDB('hosts', { keyEncoding: 'uint32' })
    this.#hostIds = this.#root.openDB('hostIds', {})
    this.#pages = this.#root.openDB('pages', { keyEncoding: 'binary' })
    this.#payloads = this.#root.openDB('payloads', {})
    this.#seeds = this.#root.openDB('seeds', { encoding: 'string', keyEncoding: 'binary' })
    this.#robots = this.#root.openDB('robots', {})
    this.#state = this.#root.openDB('state', {})
    const stored = this.#state.get('crawl')
    this.state = stored ?? EMPTY_STATE
    this.#nextNumber = stored?.nextNumber ?? 0
    this.hosts = this.#readHosts()
  }

  /** Nothing was ever queued. */
  get isNew(): boolean {
    return this.state.round === 0
  }

  // ---- handing out ----

  /** The next URL of a host whose turn it is at `now`; null when no host is due. */
  take(now: number): TakenUrl | null {
    const host = this.hosts.take(now)
    if (host === null) return null
    const ahead = this.#aheadOf(host)
    if (ahead.urls.length === 0) this.#readAhead(host, ahead)
    const taken = ahead.urls.shift()
    assert(taken !== undefined, `host ${host}: the queue holds fewer URLs than were counted`)
    ahead.taken.add(keyText(taken.key))
    return taken
  }

  /** Puts back what was handed out, untouched; the host rests until `nextAt`. */
  giveBack(taken: TakenUrl, nextAt: number): void {
    const ahead = this.#aheadOf(taken.host)
    ahead.taken.delete(keyText(taken.key))
    ahead.urls.unshift(taken)
    this.hosts.release(taken.host, nextAt)
    this.hosts.makeAvailable(taken.host, 1)
  }

  #aheadOf(host: number): Ahead {
    let ahead = this.#ahead.get(host)
    if (ahead === undefined) {
      if (this.#ahead.size >= HOSTS_AHEAD_MAX) this.#forgetIdle()
      ahead = { urls: [], taken: new Set() }
      this.#ahead.set(host, ahead)
    }
    return ahead
  }

  #forgetIdle(): void {
    for (const [host, { taken }] of this.#ahead) if (taken.size === 0) this.#ahead.delete(host)
  }

  /** The first of the queue that are not handed out. */
  #readAhead(host: number, ahead: Ahead): void {
    const [start, end] = [hostKey(host), hostKey(host + 1)]
    for (const { key, value } of this.#queue.getRange({ start, end, limit: AHEAD + ahead.taken.size })) {
      if (ahead.taken.has(keyText(key))) continue
      ahead.urls.push(readEntry(host, Buffer.from(key), value))
      if (ahead.urls.length === AHEAD) return
    }
  }

  // ---- what is known ----

  page(url: string): KnownPage | undefined {
    const host = this.#knownHost(new URL(url).hostname)
    return host === undefined ? undefined : this.#pages.get(urlKey(host, url))
  }

  /** Where a body with this digest was stored first, outcomes that are yet to be committed included. */
  payload(digest: string): StoredPayload | undefined {
    return this.#newPayloads.get(digest) ?? this.#payloads.get(digest)
  }

  /** Tells of a payload whose outcome will be committed. */
  notePayload(digest: string, stored: StoredPayload): void {
    this.#newPayloads.set(digest, stored)
  }

  robots(origin: string): StoredRobots | undefined {
    return this.#robots.get(origin)
  }

  /** Where redirects of seeds led: those hosts belong to the crawl, too. */
  redirectedSeeds(): string[] {
    return Array.from(this.#seeds.getRange(), ({ value }) => value)
  }

  // ---- changes ----

  /** One transaction: all of it or nothing. Gives how many of the found URLs were new. */
  async commit({ outcomes, found, robots, state }: Commit): Promise<number> {
    const mark = roundMark(state.round)
    const marked = new Set<string>()
    const recent: string[] = []
    const change = new Map<number, number>()
    const queued = new Map<number, number>()
    const count = (host: number, by: number) => change.set(host, (change.get(host) ?? 0) + by)
    const enqueue = (host: number, url: QueuedUrl) => {
      this.#enqueue(host, url)
      count(host, 1)
      queued.set(host, (queued.get(host) ?? 0) + 1)
    }
    await this.#root.batch(() => {
      for (const { taken, again, page, payload } of outcomes) {
        void this.#queue.remove(taken.key)
        count(taken.host, -1)
        if (again !== undefined) enqueue(taken.host, again)
        if (page !== undefined) void this.#pages.put(urlKey(taken.host, page.url), page)
        if (payload !== undefined) void this.#payloads.put(payload.digest, { url: payload.url, date: payload.date })
      }
      for (const one of found) {
        if (this.#recent.has(one.url)) continue
        const host = this.#hostId(new URL(one.url).hostname)
        const key = urlKey(host, one.url)
        recent.push(one.url)
        const text = keyText(key)
        if (marked.has(text) || this.#seen.get(key)?.equals(mark)) continue
        marked.add(text)
        void this.#seen.put(key, mark)
        enqueue(host, one)
        if (one.isSeed && one.redirects > 0) void this.#seeds.put(key, one.url)
      }
      for (const [origin, stored] of robots) void this.#robots.put(origin, stored)
      for (const [host, by] of change) this.#storeHost(host, by, state.round)
      void this.#state.put('crawl', { ...state, nextNumber: this.#nextNumber })
    })
    // Reads before this moment still saw the old queue, so the keys had to stay noted as handed out.
    this.#root.resetReadTxn()
    this.state = state
    for (const url of recent) this.#recent.add(url)
    this.#newHosts.clear()
    for (const { taken, payload } of outcomes) {
      this.#ahead.get(taken.host)?.taken.delete(keyText(taken.key))
      if (payload !== undefined) this.#newPayloads.delete(payload.digest)
    }
    for (const by of change.values()) this.queued += by
    for (const [host, by] of queued) this.hosts.makeAvailable(host, by)
    return marked.size
  }

  /** Queues URLs that no page led to. Gives how many were new. */
  async add(urls: readonly QueuedUrl[], state: CrawlState = this.state): Promise<number> {
    let added = 0
    for (let at = 0; at === 0 || at < urls.length; at += ADD_BATCH) {
      added += await this.commit({ outcomes: [], found: urls.slice(at, at + ADD_BATCH), robots: new Map(), state })
    }
    return added
  }

  /**
   * Begins a round, the first or another: nothing counts as seen in it. Pages that were stored in rounds before are queued, to be
   * asked for what changed since. A round that was not prepared to its end is prepared again, as the next one.
   */
  async beginRound(urls: readonly QueuedUrl[]): Promise<void> {
    const { archive, round } = this.state
    const state = { ...EMPTY_STATE, round: round + 1, archive, preparing: true }
    await this.commit({ outcomes: [], found: [], robots: new Map(), state })
    await this.#queue.clearAsync()
    await this.#root.batch(() => {
      for (const { key, value } of this.#hosts.getRange())
        void this.#hosts.put(key, { ...value, queued: 0, answers: 0, closed: 0 })
    })
    this.#root.resetReadTxn()
    this.#ahead.clear()
    this.#recent.clear()
    this.hosts = this.#readHosts()
    let batch: QueuedUrl[] = [...urls]
    for (const { value } of this.#pages.getRange()) {
      const { url, depth, isSeed } = value
      batch.push({ url, kind: 'page', priority: isSeed ? 0 : 3, depth, redirects: 0, attempts: 0, isSeed })
      if (batch.length < ADD_BATCH) continue
      await this.add(batch, state)
      batch = []
    }
    await this.add(batch, { ...state, preparing: false })
  }

  /** All that was committed is on disk when the promise settles. */
  async flush(): Promise<void> {
    await this.#root.flushed
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#root.close()
  }

  #readHosts(): HostTable {
    const hosts = new HostTable(this.connectionsPerHost)
    this.queued = 0
    for (const { key, value } of this.#hosts.getRange()) {
      this.queued += value.queued
      hosts.restore(key, value.queued, value.answers, value.closed === this.state.round)
    }
    return hosts
  }

  #enqueue(host: number, url: QueuedUrl): void {
    void this.#queue.put(queueKey(host, url, this.#nextNumber++), writeEntry(url))
  }

  #knownHost(name: string): number | undefined {
    return this.#names.get(name) ?? this.#hostIds.get(name)
  }

  #hostId(name: string): number {
    let host = this.#knownHost(name)
    if (host === undefined) {
      host = this.hosts.add()
      void this.#hostIds.put(name, host)
      this.#newHosts.set(host, { name, queued: 0, answers: 0, closed: 0 })
    }
    // The names of a transaction in work have to be known to it: more than all of its hosts are kept.
    if (this.#names.size >= NAMES_KEPT_MAX && this.#newHosts.size === 0) this.#names.clear()
    this.#names.set(name, host)
    return host
  }

  #storeHost(host: number, by: number, round: number): void {
    const row = this.#newHosts.get(host) ?? this.#hosts.get(host)
    assert(row !== undefined, `host ${host} has no name`)
    const closed = this.hosts.isGivenUp(host) ? round : 0
    void this.#hosts.put(host, { ...row, queued: row.queued + by, answers: this.hosts.answers(host), closed })
  }
}
