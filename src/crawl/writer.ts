/**
 * Writes what visits bring, while others go on: records packed and synced first, then one transaction of the frontier that
 * names how far the archive is written. Visits keep the order in which they ended, so that a revisit never stands before what it
 * refers to.
 */
import { gzipRecord } from '../formats/warc/record-writer.js'
import type { Store } from '../io/store.js'
import type { Archive } from './archive.js'
import type { Frontier } from './frontier.js'
import type { CrawlState, StoredRobots } from './frontier-values.js'
import type { RobotsCache } from './robots-cache.js'
import type { Visit } from './visit.js'

/** A visit and its records, a gzip member each. */
interface Packed {
  readonly visit: Visit
  readonly members: readonly Buffer[]
  readonly sizeBytes: number
}

export const LOG_PATH = 'log/not-stored.jsonl'
const NOT_STORED = /^(?:skipped\.|failed\.(?!host$))/

export class CrawlWriter {
  /** Bytes of records that wait, or are being written. */
  pendingBytes = 0
  /** What committed visits have counted. */
  readonly counters: Record<string, number>
  #pending: Visit[] = []
  #isWriting = false

  constructor(
    private readonly frontier: Frontier,
    private readonly archive: Archive,
    private readonly store: Store,
    private readonly robots: RobotsCache,
    /** Seconds at work, for the state. */
    private readonly seconds: () => number,
  ) {
    this.counters = { ...frontier.state.counters }
  }

  /** Everything is written. */
  get isIdle(): boolean {
    return !this.#isWriting && this.#pending.length === 0
  }

  add(visit: Visit): void {
    this.#pending.push(visit)
    this.pendingBytes += recordBytes(visit)
  }

  /** Writes all that waits, unless that is going on; gives null when there is nothing to do. */
  start(): Promise<void> | null {
    if (this.#isWriting || this.#pending.length === 0) return null
    this.#isWriting = true
    const visits = this.#pending
    this.#pending = []
    return this.#writeAll(visits).finally(() => {
      this.#isWriting = false
    })
  }

  /** Closes the archive, once all is written. */
  async finish(finished: boolean): Promise<void> {
    await this.#finishFile()
    await this.frontier.commit({ outcomes: [], found: [], robots: new Map(), state: this.#state(finished) })
  }

  /** Begins another file where one is full. */
  async #writeAll(visits: readonly Visit[]): Promise<void> {
    let batch: Packed[] = []
    let bytes = 0
    for (const packed of await Promise.all(visits.map(pack))) {
      const { sizeBytes } = packed
      if (sizeBytes > 0 && bytes + sizeBytes > this.archive.room && (bytes > 0 || this.archive.isOpen)) {
        await this.#write(batch)
        await this.#finishFile()
        batch = []
        bytes = 0
      }
      batch.push(packed)
      bytes += sizeBytes
    }
    await this.#write(batch)
  }

  async #write(batch: readonly Packed[]): Promise<void> {
    if (batch.length === 0) return
    const members = batch.flatMap((packed) => packed.members)
    if (members.length > 0) {
      if (!this.archive.isOpen) await this.archive.begin(new Date())
      await this.archive.append(members)
    }
    const robots = new Map<string, StoredRobots>()
    for (const { visit } of batch) {
      if (visit.robots !== undefined) robots.set(visit.robots.origin, visit.robots.stored)
      addCounts(this.counters, visit.counts)
    }
    await this.frontier.commit({
      outcomes: batch.flatMap(({ visit: { outcome } }) => (outcome === null ? [] : [outcome])),
      found: batch.flatMap(({ visit }) => visit.found),
      robots,
      state: this.#state(false),
    })
    this.robots.committed(robots.keys())
    for (const { visit } of batch) this.#log(visit)
    for (const { visit } of batch) this.pendingBytes -= recordBytes(visit)
  }

  /** URLs that were done with and not stored, each with its reason. A kill may leave a line out, or have it written twice. */
  #log({ outcome, counts, message = '' }: Visit): void {
    const reason = Object.keys(counts).find((name) => NOT_STORED.test(name))
    if (reason === undefined || outcome === null || outcome.again !== undefined) return
    const { url, depth } = outcome.taken
    this.store.appendLine(LOG_PATH, { time: new Date().toISOString(), url, depth, reason, message })
  }

  /** A file gets its name when no loss of power can take back that it is whole. */
  async #finishFile(): Promise<void> {
    await this.frontier.flush()
    this.archive.finish()
  }

  #state(finished: boolean): CrawlState {
    return {
      round: this.frontier.state.round,
      counters: { ...this.counters },
      seconds: this.seconds(),
      archive: this.archive.place,
      finished,
      preparing: false,
    }
  }
}

async function pack(visit: Visit): Promise<Packed> {
  const members = await Promise.all(visit.records.map(gzipRecord))
  return { visit, members, sizeBytes: members.reduce((bytes, member) => bytes + member.length, 0) }
}

function recordBytes({ records }: Visit): number {
  return records.reduce((bytes, record) => bytes + record.length, 0)
}

export function addCounts(to: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, by] of Object.entries(counts)) to[name] = (to[name] ?? 0) + by
}
