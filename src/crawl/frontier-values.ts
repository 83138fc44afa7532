/** What the frontier keeps: URLs, outcomes, pages, payloads, robots.txt, state. Plain values. */

export interface QueuedUrl {
  readonly url: string
  readonly kind: 'page' | 'sitemap'
  /** The lower, the sooner: seeds 0, sitemaps 1, pages that a sitemap names 2, links 3. */
  readonly priority: number
  /** Links from a seed. */
  readonly depth: number
  /** Redirects in a row that led here. */
  readonly redirects: number
  readonly attempts: number
  /** Given by the person, or where a redirect of such a URL led. */
  readonly isSeed: boolean
}

/** A URL that is handed out. */
export interface TakenUrl extends QueuedUrl {
  readonly host: number
  readonly key: Buffer
}

export interface KnownPage {
  readonly url: string
  readonly etag: string
  readonly modified: string
  /** `sha1:…` of the payload, and where it was stored whole. */
  readonly digest: string
  readonly stored: StoredPayload
  readonly depth: number
  readonly isSeed: boolean
}

/** The record that holds a payload. */
export interface StoredPayload {
  readonly url: string
  readonly date: string
}

export interface StoredRobots {
  /** Milliseconds since 1970. */
  readonly fetchedAt: number
  readonly kind: 'rules' | 'allow' | 'deny'
  readonly text: Uint8Array
}

/** What becomes of a URL that was handed out: done, unless it is to be queued again. */
export interface Outcome {
  readonly taken: TakenUrl
  readonly again?: QueuedUrl
  readonly page?: KnownPage
  readonly payload?: { readonly digest: string } & StoredPayload
}

/** What one transaction stores. */
export interface Commit {
  readonly outcomes: readonly Outcome[]
  readonly found: readonly QueuedUrl[]
  readonly robots: ReadonlyMap<string, StoredRobots>
  readonly state: CrawlState
}

/** What is kept of a crawl beside its URLs. */
export interface CrawlState {
  readonly round: number
  readonly counters: Readonly<Record<string, number>>
  /** Seconds at work. */
  readonly seconds: number
  readonly archive: ArchivePlace
  /** The round came to an end, be it a budget's. */
  readonly finished: boolean
  /** A round was being prepared when this was stored. */
  readonly preparing: boolean
}

export const EMPTY_STATE: CrawlState = {
  round: 0,
  counters: {},
  seconds: 0,
  archive: { serial: 0, name: '', sizeBytes: 0 },
  finished: false,
  preparing: false,
}

/** How far the archive is written for good. */
export interface ArchivePlace {
  readonly serial: number
  readonly name: string
  readonly sizeBytes: number
}

export interface HostRow {
  readonly name: string
  readonly queued: number
  readonly answers: number
  /** Round in which it was closed, 0: open. */
  readonly closed: number
}
