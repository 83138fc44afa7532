/**
 * A crawl from its config: hands URLs out, lets hosts rest, writes what came back, and stops at a budget, at the end or when it
 * is told to. Fetching goes on while earlier answers are written (`writer.ts`).
 */
import { setMaxListeners } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Store } from '../io/store.js'
import { lockRunFolder } from '../run/run-lock.js'
import { packageVersion } from '../run/versions.js'
import { Archive } from './archive.js'
import { UrlForm } from './canonical-url.js'
import { Connections, type Resolve } from './connections.js'
import { Frontier } from './frontier.js'
import type { QueuedUrl, TakenUrl } from './frontier-values.js'
import { RobotsCache } from './robots-cache.js'
import { Scope } from './scope.js'
import type { CrawlConfig } from './settings.js'
import { sitemapAt, type Visit, type VisitTools, visit } from './visit.js'
import { addCounts, CrawlWriter } from './writer.js'

export interface CrawlOptions {
  readonly onProgress?: (progress: CrawlProgress) => void
  /** Stops in good order: what is done is written. */
  readonly signal?: AbortSignal
  /** Removes what an earlier crawl left. */
  readonly fresh?: boolean
  /** After a round that ended, also at a budget: another one, that asks for what changed. */
  readonly again?: boolean
  /** Instead of the operating system's resolver. */
  readonly resolve?: Resolve
}

export interface CrawlProgress {
  readonly counters: Readonly<Record<string, number>>
  /** Answers in the archive. */
  readonly stored: number
  readonly bytes: number
  readonly queued: number
  readonly hosts: number
  readonly active: number
  /** Of this process. */
  readonly secondsElapsed: number
  readonly storedBefore: number
  readonly bytesBefore: number
}

export type CrawlEnd = 'done' | 'pages' | 'bytes' | 'seconds' | 'interrupted'

export interface CrawlSummary extends CrawlProgress {
  readonly end: CrawlEnd
  readonly round: number
  readonly resumed: boolean
  /** Seconds of all processes of the round. */
  readonly seconds: number
  readonly folder: string
}

/** Answers that may wait to be written: beyond, no request is started. */
const PENDING_SIZE_MAX = 64 * 2 ** 20
const PROGRESS_MS = 100

export async function crawl(config: CrawlConfig, options: CrawlOptions = {}): Promise<CrawlSummary> {
  const store = new Store(config.folder)
  const unlock = lockRunFolder(store)
  try {
    if (options.fresh)
      for (const part of ['frontier', 'warc', 'log'])
        rmSync(join(config.folder, part), { recursive: true, force: true })
    const frontier = new Frontier(join(config.folder, 'frontier'), config.politeness.connectionsPerHost)
    try {
      return await new Crawl(config, options, frontier, store).run()
    } finally {
      await frontier.close()
    }
  } finally {
    unlock()
  }
}

/** `Millrace/0.1.0 (+https://example.org/crawler)`: who asks, and where its owner can be reached. */
export function userAgent({ agent, contact }: CrawlConfig): string {
  const name = agent === 'millrace' ? 'Millrace' : agent
  return `${name}/${packageVersion()} (+${contact.includes('@') && !contact.includes('://') ? `mailto:${contact}` : contact})`
}

class Crawl {
  readonly #tools: VisitTools
  readonly #writer: CrawlWriter
  readonly #stop = new AbortController()
  #failure: unknown = null
  #active = 0
  /** Tells the loop that something has changed. */
  #wake: () => void = () => {}
  /** Of all visits that have ended; those that are committed are the writer's. */
  readonly #counters: Record<string, number>
  readonly #began = performance.now()
  readonly #before: { readonly stored: number; readonly bytes: number; readonly seconds: number }
  #progressAt = 0

  constructor(
    private readonly config: CrawlConfig,
    private readonly options: CrawlOptions,
    private readonly frontier: Frontier,
    store: Store,
  ) {
    const { scope: rules, fetch } = config
    const form = new UrlForm(rules.dropParameters)
    const agent = userAgent(config)
    const headers = requestHeaders(config, agent)
    const connections = new Connections(
      { ...fetch, allowPrivate: rules.allowPrivate, idleMax: fetch.connections * 2 },
      options.resolve,
    )
    const { signal } = this.#stop
    setMaxListeners(0, signal) // one for each request in the air
    const robotsSettings = { agent: config.agent, headers, limits: fetch, ports: rules.ports, signal }
    this.#tools = {
      config,
      frontier,
      connections,
      robots: new RobotsCache(frontier, connections, form, robotsSettings),
      scope: new Scope(rules, [...config.seeds, ...config.sitemaps, ...frontier.redirectedSeeds()]),
      form,
      headers,
      signal,
      now: () => Date.now(),
    }
    const { name, contact, output } = config
    const about = { name, software: `Millrace/${packageVersion()}`, userAgent: agent, contact, sizeMax: output.sizeMax }
    const archive = new Archive(join(config.folder, 'warc'), about, frontier.state.archive)
    this.#writer = new CrawlWriter(frontier, archive, store, this.#tools.robots, () => this.#seconds())
    this.#counters = { ...frontier.state.counters }
    this.#before = { stored: this.#stored(), bytes: this.#counters.bytes ?? 0, seconds: frontier.state.seconds }
  }

  async run(): Promise<CrawlSummary> {
    const resumed = await this.#begin()
    const onAbort = () => {
      this.#stop.abort()
      this.#wake()
    }
    this.options.signal?.addEventListener('abort', onAbort, { once: true })
    if (this.options.signal?.aborted) onAbort()
    try {
      const end = await this.#loop()
      await this.#drain(end)
      this.#tellProgress(true)
      const { round } = this.frontier.state
      return { ...this.#progress(), end, round, resumed, seconds: this.#seconds(), folder: this.config.folder }
    } finally {
      this.options.signal?.removeEventListener('abort', onAbort)
      this.#stop.abort()
      await this.#tools.connections.close()
    }
  }

  /** Queues what there is to begin with. Gives whether an earlier crawl goes on. */
  async #begin(): Promise<boolean> {
    const { frontier, config } = this
    const seeds = config.seeds.map((url): QueuedUrl => {
      return { url, kind: 'page', priority: 0, depth: 0, redirects: 0, attempts: 0, isSeed: true }
    })
    const urls = [...seeds, ...config.sitemaps.map(sitemapAt)]
    const { state } = frontier
    // A round that was interrupted goes on first, so that the same command may be given again.
    if (frontier.isNew || state.preparing || (this.options.again && state.finished)) {
      await frontier.beginRound(urls)
      for (const counters of [this.#counters, this.#writer.counters]) for (const name in counters) delete counters[name]
      Object.assign(this.#before, { stored: 0, bytes: 0, seconds: 0 })
      return false
    }
    await frontier.add(urls, { ...state, finished: false }) // those that were put into the config since
    return true
  }

  async #loop(): Promise<CrawlEnd> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure
      if (this.#stop.signal.aborted) return 'interrupted'
      const spent = this.#spent()
      if (spent !== null) return spent
      const woken = this.#nextWake()
      this.#startVisits()
      this.#startWriting()
      this.#tellProgress(false)
      const nextAt = this.frontier.hosts.nextAt
      if (this.#active === 0 && this.#writer.isIdle && nextAt === null) return 'done'
      await this.#sleep(woken, nextAt)
    }
  }

  /** Until something has changed, or the next host is due. */
  async #sleep(woken: Promise<void>, nextAt: number | null): Promise<void> {
    const isFull = this.#active >= this.config.fetch.connections || this.#writer.pendingBytes >= PENDING_SIZE_MAX
    const wait = isFull || nextAt === null ? PROGRESS_MS : Math.min(PROGRESS_MS, Math.max(0, nextAt - Date.now()))
    const timer = setTimeout(this.#wake, wait)
    await woken
    clearTimeout(timer)
  }

  #startVisits(): void {
    const { frontier, config } = this
    while (this.#active < config.fetch.connections && this.#writer.pendingBytes < PENDING_SIZE_MAX) {
      // Requests in the air count as answers, so that the budget is met and not passed.
      if (this.#stored() + this.#active >= config.budget.pages && this.#active > 0) return
      const taken = frontier.take(Date.now())
      if (taken === null) return
      const { hosts } = frontier
      if (hosts.answers(taken.host) + hosts.active(taken.host) > config.budget.pagesPerHost) {
        hosts.close(taken.host)
        frontier.giveBack(taken, 0)
        continue
      }
      this.#active++
      visit(taken, this.#tools).then(
        (result) => this.#finish(taken, result),
        (error: unknown) => {
          this.#failure ??= error
          this.#active--
          this.#wake()
        },
      )
    }
  }

  #finish(taken: TakenUrl, result: Visit): void {
    const { hosts } = this.frontier
    const { politeness, fetch } = this.config
    const { host } = taken
    this.#active--
    const asked = Math.min(result.crawlDelaySeconds, politeness.crawlDelayMax)
    hosts.setDelay(host, Math.max(asked, politeness.delaySeconds) * 1000)
    const counts: Record<string, number> = { ...result.counts }
    if (result.host === 'failed') {
      hosts.countFailure(host)
      if (hosts.failures(host) >= fetch.hostFailuresMax && !hosts.isClosed(host)) {
        hosts.giveUp(host)
        counts['failed.host'] = 1
      }
    } else if (result.host === 'answered') hosts.countAnswer(host)
    for (const seed of result.seedsFound) this.#tools.scope.addSeed(seed)
    const rest = result.host === 'none' ? 0 : Math.max(result.restSeconds * 1000, hosts.delayMs(host))
    const nextAt = Date.now() + rest
    if (result.outcome === null) this.frontier.giveBack(taken, nextAt)
    else hosts.release(host, nextAt)
    addCounts(this.#counters, counts)
    this.#writer.add({ ...result, counts })
    this.#wake()
  }

  #startWriting(): void {
    this.#writer.start()?.then(this.#wake, (error: unknown) => {
      this.#failure ??= error
      this.#wake()
    })
  }

  /** Waits for what is in the air, writes all, and closes the archive. */
  async #drain(end: CrawlEnd): Promise<void> {
    this.#stop.abort()
    while (this.#active > 0 || !this.#writer.isIdle) {
      const woken = this.#nextWake()
      this.#startWriting()
      await this.#sleep(woken, null)
      if (this.#failure !== null) throw this.#failure
    }
    await this.#writer.finish(end !== 'interrupted')
  }

  #nextWake(): Promise<void> {
    return new Promise((wake) => {
      this.#wake = wake
    })
  }

  // ---- counting ----

  #stored(): number {
    let stored = 0
    for (const name in this.#counters) if (name.startsWith('stored.')) stored += this.#counters[name] ?? 0
    return stored
  }

  #seconds(): number {
    return this.#before.seconds + (performance.now() - this.#began) / 1000
  }

  #spent(): CrawlEnd | null {
    const { budget } = this.config
    if (this.#stored() >= budget.pages) return 'pages'
    if ((this.#counters.bytes ?? 0) >= budget.bytes) return 'bytes'
    return this.#seconds() >= budget.seconds ? 'seconds' : null
  }

  #progress(): CrawlProgress {
    return {
      counters: { ...this.#counters },
      stored: this.#stored(),
      bytes: this.#counters.bytes ?? 0,
      queued: this.frontier.queued,
      hosts: this.frontier.hosts.count,
      active: this.#active,
      secondsElapsed: (performance.now() - this.#began) / 1000,
      storedBefore: this.#before.stored,
      bytesBefore: this.#before.bytes,
    }
  }

  #tellProgress(now: boolean): void {
    const time = performance.now()
    if (!now && time - this.#progressAt < PROGRESS_MS) return
    this.#progressAt = time
    this.options.onProgress?.(this.#progress())
  }
}

function requestHeaders({ contact, fetch }: CrawlConfig, agent: string): string[] {
  const headers = [
    'User-Agent',
    agent,
    'Accept',
    'text/html,application/xhtml+xml;q=0.9,*/*;q=0.5',
    'Accept-Encoding',
    'gzip',
  ]
  if (fetch.acceptLanguage !== '') headers.push('Accept-Language', fetch.acceptLanguage)
  if (contact.includes('@') && !contact.includes('://')) headers.push('From', contact) // RFC 9110, section 10.1.2
  return headers
}
