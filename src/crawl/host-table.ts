/**
 * All hosts of a crawl in columns, 40 bytes a host, and those that may be asked next in a heap by time. Numbers only: names and
 * queues lie on disk (`frontier.ts`). A host stands in the heap once, while it has URLs to hand out and a connection free.
 */
const OPEN = 0
const CLOSED = 1
const GIVEN_UP = 2

export class HostTable {
  count = 0
  /** URLs that can be taken: on disk, and not being fetched. */
  #available = new Uint32Array(1024)
  #active = new Uint16Array(1024)
  #answers = new Uint32Array(1024)
  #failures = new Uint16Array(1024)
  #closed = new Uint8Array(1024)
  #nextAt = new Float64Array(1024)
  #delayMs = new Float64Array(1024)
  /** Place in the heap plus 1; 0: not in it. */
  #place = new Uint32Array(1024)
  #heap = new Uint32Array(1024)
  #heapSize = 0

  constructor(private readonly connectionsPerHost: number) {}

  /** Gives the next number, from 0 on. */
  add(): number {
    if (this.count === this.#available.length) this.#grow()
    return this.count++
  }

  restore(host: number, queued: number, answers: number, givenUp: boolean): void {
    while (this.count <= host) this.add()
    this.#available[host] = queued
    this.#answers[host] = answers
    this.#closed[host] = givenUp ? GIVEN_UP : OPEN
    this.#enter(host)
  }

  /** More URLs to hand out. */
  makeAvailable(host: number, count: number): void {
    this.#available[host] = this.available(host) + count
    this.#enter(host)
  }

  available(host: number): number {
    return this.#available[host] ?? 0
  }

  active(host: number): number {
    return this.#active[host] ?? 0
  }

  answers(host: number): number {
    return this.#answers[host] ?? 0
  }

  failures(host: number): number {
    return this.#failures[host] ?? 0
  }

  delayMs(host: number): number {
    return this.#delayMs[host] ?? 0
  }

  /** Nothing of it is handed out any more. */
  isClosed(host: number): boolean {
    return this.#closed[host] !== OPEN
  }

  isGivenUp(host: number): boolean {
    return this.#closed[host] === GIVEN_UP
  }

  setDelay(host: number, ms: number): void {
    this.#delayMs[host] = ms
  }

  /** It fails and fails. */
  giveUp(host: number): void {
    this.#closed[host] = GIVEN_UP
    this.#leave(host)
  }

  /** Its budget is spent, which another config may lift. */
  close(host: number): void {
    this.#closed[host] = CLOSED
    this.#leave(host)
  }

  countAnswer(host: number): void {
    this.#answers[host] = this.answers(host) + 1
    this.#failures[host] = 0
  }

  countFailure(host: number): void {
    this.#failures[host] = this.failures(host) + 1
  }

  /** When the first host in the heap may be asked; null: none is waiting. */
  get nextAt(): number | null {
    const first = this.#heapSize === 0 ? undefined : this.#heap[0]
    return first === undefined ? null : (this.#nextAt[first] ?? 0)
  }

  /** Takes one URL's worth of the host whose turn it is; null when none is due at `now` (milliseconds). */
  take(now: number): number | null {
    const host = this.#heap[0]
    if (this.#heapSize === 0 || host === undefined || (this.#nextAt[host] ?? 0) > now) return null
    this.#leave(host)
    this.#available[host] = this.available(host) - 1
    this.#active[host] = this.active(host) + 1
    // A second connection waits as long after the first one's start.
    this.#nextAt[host] = now + this.delayMs(host)
    this.#enter(host)
    return host
  }

  /** The URL taken is done with, or given back; the host rests until `nextAt`. */
  release(host: number, nextAt: number): void {
    this.#active[host] = this.active(host) - 1
    this.#leave(host)
    this.#nextAt[host] = Math.max(this.#nextAt[host] ?? 0, nextAt)
    this.#enter(host)
  }

  #enter(host: number): void {
    if (this.#place[host] !== 0 || this.isClosed(host)) return
    if (this.available(host) === 0 || this.active(host) >= this.connectionsPerHost) return
    this.#heap[this.#heapSize] = host
    this.#place[host] = ++this.#heapSize
    this.#up(this.#heapSize - 1)
  }

  #leave(host: number): void {
    const place = this.#place[host] ?? 0
    if (place === 0) return
    this.#place[host] = 0
    const last = this.#heap[--this.#heapSize] ?? 0
    if (last === host) return
    this.#heap[place - 1] = last
    this.#place[last] = place
    this.#up(place - 1)
    this.#down((this.#place[last] ?? 1) - 1)
  }

  #up(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #down(from: number): void {
    for (let at = from; ; ) {
      let first = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#heapSize && this.#before(child, first)) first = child
      if (first === at) return
      this.#swap(at, first)
      at = first
    }
  }

  /** By time, then by number: hosts that are due together take turns in a fixed order. */
  #before(one: number, other: number): boolean {
    const a = this.#heap[one] ?? 0
    const b = this.#heap[other] ?? 0
    const difference = (this.#nextAt[a] ?? 0) - (this.#nextAt[b] ?? 0)
    return difference < 0 || (difference === 0 && a < b)
  }

  #swap(one: number, other: number): void {
    const a = this.#heap[one] ?? 0
    const b = this.#heap[other] ?? 0
    this.#heap[one] = b
    this.#heap[other] = a
    this.#place[b] = one + 1
    this.#place[a] = other + 1
  }

  #grow(): void {
    const size = this.#available.length * 2
    this.#available = copied(this.#available, new Uint32Array(size))
    this.#active = copied(this.#active, new Uint16Array(size))
    this.#answers = copied(this.#answers, new Uint32Array(size))
    this.#failures = copied(this.#failures, new Uint16Array(size))
    this.#closed = copied(this.#closed, new Uint8Array(size))
    this.#nextAt = copied(this.#nextAt, new Float64Array(size))
    this.#delayMs = copied(this.#delayMs, new Float64Array(size))
    this.#place = copied(this.#place, new Uint32Array(size))
    this.#heap = copied(this.#heap, new Uint32Array(size))
  }
}

function copied<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
