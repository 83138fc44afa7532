import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Frontier } from '../../src/crawl/frontier.js'
import type { QueuedUrl, TakenUrl } from '../../src/crawl/frontier-values.js'
import { HostTable } from '../../src/crawl/host-table.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const base = temporaryFolder()
let folder: string
let frontier: Frontier
beforeEach(async () => {
  folder = mkdtempSync(join(base, 'frontier-'))
  frontier = new Frontier(folder, 1)
  await frontier.beginRound([])
})
afterEach(() => frontier.close())

function page(url: string, values: Partial<QueuedUrl> = {}): QueuedUrl {
  return { url, kind: 'page', priority: 3, depth: 1, redirects: 0, attempts: 0, isSeed: false, ...values }
}

/** Takes what is due, with each host free again at once. */
function takeAll(max = 1000): TakenUrl[] {
  const all: TakenUrl[] = []
  for (let taken = frontier.take(0); taken !== null && all.length < max; taken = frontier.take(0)) {
    all.push(taken)
    frontier.hosts.release(taken.host, 0)
  }
  return all
}

function done(taken: readonly TakenUrl[], found: readonly QueuedUrl[] = []): Promise<number> {
  return frontier.commit({
    outcomes: taken.map((one) => ({ taken: one })),
    found,
    robots: new Map(),
    state: frontier.state,
  })
}

async function reopen(): Promise<void> {
  await frontier.close()
  frontier = new Frontier(folder, 1)
}

describe('the frontier', () => {
  it('hands out by priority, depth, and order of finding; each once', async () => {
    const urls = [
      page('http://a.example/late', { depth: 9 }),
      page('http://a.example/2'),
      page('http://a.example/1'),
      page('http://a.example/seed', { priority: 0, depth: 0, isSeed: true }),
      page('http://a.example/map', { priority: 1, kind: 'sitemap', redirects: 2, attempts: 1 }),
    ]
    expect(await frontier.add(urls)).toBe(5)
    expect(await frontier.add([...urls, page('http://a.example/2', { depth: 4 })])).toBe(0)
    const taken = takeAll()
    expect(taken.map(({ url }) => url.slice(17))).toEqual(['seed', 'map', '2', '1', 'late'])
    expect(taken.map(({ host, key, ...rest }) => rest)).toEqual([urls[3], urls[4], urls[1], urls[2], urls[0]])
    expect(frontier.take(0)).toBe(null)
  })

  it('knows what is done, queued and seen after it was closed, and hands out again what was not done', async () => {
    await frontier.add(Array.from({ length: 200 }, (_, at) => page(`http://${at % 3}.example/${at}`)))
    const taken = takeAll(100)
    await done(taken.slice(0, 60), [
      page('http://0.example/new'),
      page('http://4.example/new'),
      page('http://0.example/0'),
    ])
    expect(frontier.queued).toBe(142)
    await reopen()
    expect([frontier.queued, frontier.isNew]).toEqual([142, false])
    expect(await frontier.add([page('http://1.example/1'), page('http://4.example/new')])).toBe(0)
    const urls = takeAll().map(({ url }) => url)
    expect(urls).toHaveLength(142)
    const all = new Set([...urls, ...taken.slice(0, 60).map(({ url }) => url)])
    expect(all.size).toBe(202)
  })

  it('queues again what is to be tried again, behind the others', async () => {
    await frontier.add([page('http://a.example/1'), page('http://a.example/2')])
    const first = frontier.take(0)
    if (first === null) throw new Error('nothing to take')
    await frontier.commit({
      outcomes: [{ taken: first, again: { ...first, attempts: 1 } }],
      found: [],
      robots: new Map(),
      state: frontier.state,
    })
    frontier.hosts.release(first.host, 500)
    expect(frontier.take(499)).toBe(null)
    expect(frontier.queued).toBe(2)
    expect(frontier.take(500)?.url).toBe('http://a.example/2')
    frontier.hosts.release(first.host, 500)
    expect(frontier.take(500)).toMatchObject({ url: 'http://a.example/1', attempts: 1 })
  })

  it('takes back what is given back, first in line', async () => {
    await frontier.add([page('http://a.example/1'), page('http://a.example/2')])
    const first = frontier.take(0)
    if (first === null) throw new Error('nothing to take')
    frontier.giveBack(first, 100)
    expect([frontier.take(99), frontier.take(100)?.url]).toEqual([null, 'http://a.example/1'])
  })

  it('a second round queues what is stored, and forgets what is seen', async () => {
    await frontier.add([page('http://a.example/1'), page('http://a.example/2'), page('http://b.example/')])
    const [first, ...others] = takeAll()
    if (first === undefined) throw new Error('nothing to take')
    const stored = { url: first.url, date: '2026-01-02T03:04:05.678Z' }
    const known = { url: first.url, etag: '"1"', modified: '', digest: 'sha1:A', stored, depth: 1, isSeed: false }
    await frontier.commit({
      outcomes: [{ taken: first, page: known, payload: { digest: 'sha1:A', ...stored } }],
      found: [],
      robots: new Map(),
      state: frontier.state,
    })
    await done(others.slice(0, 1))
    await frontier.beginRound([page('http://c.example/', { priority: 0, depth: 0, isSeed: true })])
    expect(frontier.state).toMatchObject({ round: 2, preparing: false })
    expect(
      takeAll()
        .map(({ url }) => url)
        .sort(),
    ).toEqual([first.url, 'http://c.example/'].sort())
    expect(frontier.page(first.url)).toEqual(known)
    expect(frontier.payload('sha1:A')).toEqual(stored)
    expect(await frontier.add([page(others[0]?.url ?? '')])).toBe(1)
  })
})

describe('the table of hosts', () => {
  it('hands hosts out in order of their times, as a plain list would', () => {
    const random = new Random(7)
    const table = new HostTable(2)
    const rows: { nextAt: number; available: number; active: number }[] = []
    for (let host = 0; host < 50; host++) rows.push({ nextAt: 0, available: 0, active: table.add() * 0 })
    const running: number[] = []
    for (let step = 0; step < 2000; step++) {
      const now = step
      const dice = random.below(3)
      if (dice === 0) {
        const host = random.below(50)
        table.makeAvailable(host, 2)
        ;(rows[host] as (typeof rows)[number]).available += 2
      } else if (dice === 1 && running.length > 0) {
        const [host = 0] = running.splice(random.below(running.length), 1)
        const row = rows[host] as (typeof rows)[number]
        const nextAt = now + random.below(200)
        table.release(host, nextAt)
        row.active--
        row.nextAt = Math.max(row.nextAt, nextAt)
      } else {
        const due = rows
          .map((row, host) => ({ ...row, host }))
          .filter((row) => row.available > 0 && row.active < 2)
          .sort((a, b) => a.nextAt - b.nextAt || a.host - b.host)
        expect(table.nextAt).toBe(due[0]?.nextAt ?? null)
        const expected = due[0] !== undefined && due[0].nextAt <= now ? due[0].host : null
        expect(table.take(now)).toBe(expected)
        if (expected !== null) {
          const row = rows[expected] as (typeof rows)[number]
          row.available--
          row.active++
          row.nextAt = now
          running.push(expected)
        }
      }
    }
  })

  it('leaves out what is closed, until it is read anew', () => {
    const table = new HostTable(1)
    table.restore(3, 5, 0, false)
    table.restore(4, 5, 0, true)
    expect([table.count, table.take(0), table.take(0)]).toEqual([5, 3, null])
    table.giveUp(3)
    table.release(3, 0)
    expect([table.take(0), table.isGivenUp(3), table.isGivenUp(4), table.isClosed(2)]).toEqual([
      null,
      true,
      true,
      false,
    ])
  })
})
