/**
 * robots.txt of each origin: fetched through the same checked connections as pages, kept for a day (RFC 9309 section 2.4), in
 * the frontier too, so that a crawl that goes on does not ask again. Status by section 2.3.1: 4xx allows all, 5xx and no
 * answer forbid all.
 */
import { decodedBody } from './body.js'
import type { UrlForm } from './canonical-url.js'
import { captureRecords } from './capture.js'
import type { Connections } from './connections.js'
import { type Answer, type Failure, type FetchLimits, fetchUrl } from './fetch.js'
import type { Frontier } from './frontier.js'
import type { StoredRobots } from './frontier-values.js'
import { ALLOW_ALL, parseRobots, ROBOTS_SIZE_MAX, type RobotsRules } from './robots.js'
import { isPortAllowed } from './scope.js'

const KEPT_MS = 24 * 3600 * 1000
/** Section 2.3.1.2. */
const REDIRECTS_MAX = 5
const PARSED_MAX = 2000
/** A robots.txt that unpacks to more is a trap, and forbids all. */
const INFLATE_MAX = 100

/** Rules, or `deny` where there was no answer that says. */
export type Robots = RobotsRules | 'deny'

export type RobotsFetch =
  | {
      readonly kind: 'known'
      readonly stored: StoredRobots
      readonly records: readonly Buffer[]
      readonly bytes: number
    }
  /** No answer, or a server error: to be asked again later. */
  | {
      readonly kind: 'unreachable'
      readonly answer: Answer | Failure
      readonly records: readonly Buffer[]
      readonly bytes: number
    }

export interface RobotsSettings {
  readonly agent: string
  readonly headers: readonly string[]
  readonly limits: FetchLimits
  readonly ports: readonly number[]
  readonly signal: AbortSignal
}

export class RobotsCache {
  readonly #parsed = new Map<string, { readonly robots: Robots; readonly until: number }>()
  /** Fetched, and not committed to the frontier yet. */
  readonly #new = new Map<string, StoredRobots>()

  readonly #inAir = new Map<string, Promise<RobotsFetch>>()

  constructor(
    private readonly frontier: Frontier,
    private readonly connections: Connections,
    private readonly form: UrlForm,
    private readonly settings: RobotsSettings,
  ) {}

  /** null: to be fetched first. */
  get(origin: string, now: number): Robots | null {
    const parsed = this.#parsed.get(origin)
    if (parsed !== undefined && parsed.until > now) return parsed.robots
    const stored = this.#new.get(origin) ?? this.frontier.robots(origin)
    if (stored === undefined || stored.fetchedAt + KEPT_MS <= now) return null
    const robots = this.#parse(stored)
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.clear()
    this.#parsed.set(origin, { robots, until: stored.fetchedAt + KEPT_MS })
    return robots
  }

  /** Takes note of what the frontier will be told with the next commit. */
  note(origin: string, stored: StoredRobots): void {
    this.#new.set(origin, stored)
    this.#parsed.delete(origin)
  }

  committed(origins: Iterable<string>): void {
    for (const origin of origins) this.#new.delete(origin)
  }

  /** Asked for by several at a time, it is fetched once, and told to the first as a whole. */
  async fetch(origin: string): Promise<RobotsFetch> {
    const before = this.#inAir.get(origin)
    if (before !== undefined) return { ...(await before), records: [], bytes: 0 }
    const fetching = this.#fetch(origin)
    this.#inAir.set(origin, fetching)
    try {
      return await fetching
    } finally {
      this.#inAir.delete(origin)
    }
  }

  async #fetch(origin: string): Promise<RobotsFetch> {
    const { headers, limits, ports, signal } = this.settings
    const records: Buffer[] = []
    let bytes = 0
    let url = `${origin}/robots.txt`
    for (let redirects = 0; ; redirects++) {
      // One byte more than is read, so that what is cut can be told from what ends there.
      const bounded = { ...limits, bodySizeMax: ROBOTS_SIZE_MAX + 1 }
      const answer = await fetchUrl(this.connections, { url, headers, limits: bounded, signal })
      if (answer.kind === 'failure') return { kind: 'unreachable', answer, records: [], bytes }
      bytes += answer.body.length
      const { status } = answer
      if (status >= 500 || status === 429 || answer.truncated === 'disconnect')
        return { kind: 'unreachable', answer, records: [], bytes }
      records.push(...captureRecords(answer, { metadata: [] }))
      const fetchedAt = answer.startedAt.getTime()
      const known = (kind: StoredRobots['kind'], text: Uint8Array = NO_BYTES): RobotsFetch => ({
        kind: 'known',
        stored: { fetchedAt, kind, text: text.subarray(0, ROBOTS_SIZE_MAX + 1) },
        records,
        bytes,
      })
      if (status >= 200 && status < 300) {
        const text = decodedBody(answer, INFLATE_MAX)
        return text === null ? known('deny') : known('rules', text)
      }
      const location = status >= 300 && status < 400 ? answer.fields.get('location') : undefined
      const target = location === undefined ? null : this.form.canonical(location, url)
      if (target === null || redirects >= REDIRECTS_MAX || !isPortAllowed(new URL(target), ports)) return known('allow')
      url = target
    }
  }

  #parse({ kind, text }: StoredRobots): Robots {
    if (kind === 'deny') return 'deny'
    return kind === 'allow' ? ALLOW_ALL : parseRobots(text, this.settings.agent)
  }
}

const NO_BYTES = new Uint8Array(0)
