/**
 * The frontier of a crawl with many URLs: adding them, handing some out while pages bring known and new ones, opening it again.
 *
 *   node bench/frontier.js [URLS] [HOSTS]      # 10,000,000 URLs on 20,000 hosts by default
 *
 * Memory is that of the process: `anonymous` is what it holds; `mapped` are pages of the store's file, which the system takes
 * back when it needs them.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Frontier } from '../dist/src/crawl/frontier.js'

const urls = Number(process.argv[2] ?? 10_000_000)
const hosts = Number(process.argv[3] ?? 20_000)
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))

/** As pages bring them: so many of one host together. */
const LINKS = 100

/** Of lengths as they are on the web: about 75 characters. */
function urlAt(at) {
  const host = (Math.floor(at / LINKS) * 7919) % hosts
  return `https://www.site-${host}.example/section-${at % 13}/${at.toString(36)}/a-title-of-some-words-${at}`
}

function queued(at) {
  return { url: urlAt(at), kind: 'page', priority: 3, depth: 1 + (at % 5), redirects: 0, attempts: 0, isSeed: false }
}

function memory() {
  const status = readFileSync('/proc/self/status', 'utf8')
  const read = (name) => `${Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024)} MiB`
  return `anonymous ${read('RssAnon')}, mapped ${read('RssFile')}`
}

async function timed(what, count, run) {
  const cpu = process.cpuUsage()
  const began = performance.now()
  await run()
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const disk = statSync(join(folder, 'frontier/data.mdb')).size
  const rate = Math.round(count / seconds).toLocaleString('en-US')
  const parts = [
    `${seconds.toFixed(1)} s`,
    `${((user + system) / 1e6).toFixed(1)} CPU s`,
    `${rate}/s`,
    `disk ${(disk / 1e6).toFixed(0)} MB`,
    memory(),
  ]
  process.stdout.write(`${what}: ${count.toLocaleString('en-US')} in ${parts.join(', ')}\n`)
}

try {
  let frontier = new Frontier(join(folder, 'frontier'), 1)
  await frontier.beginRound([])
  const quarter = Math.ceil(urls / 4)
  for (let part = 0; part < 4; part++) {
    await timed(`URLs ${part + 1} of 4 added`, quarter, async () => {
      for (let at = part * quarter; at < (part + 1) * quarter; at += 10_000) {
        await frontier.add(
          Array.from({ length: Math.min(10_000, (part + 1) * quarter - at) }, (_, one) => queued(at + one)),
        )
      }
    })
  }
  const pages = Math.min(100_000, urls / 10)
  let next = urls
  await timed('pages done, each with 18 known links and 2 new ones', pages, async () => {
    for (let done = 0; done < pages; ) {
      const outcomes = []
      const found = []
      while (outcomes.length < 200) {
        const taken = frontier.take(Date.now())
        if (taken === null) throw new Error('nothing to hand out')
        frontier.hosts.release(taken.host, 0)
        const digest = `sha1:${done + outcomes.length}`
        const stored = { url: taken.url, date: '2026-01-01T00:00:00Z' }
        const page = { url: taken.url, etag: '"abc"', modified: '', digest, stored, depth: 1, isSeed: false }
        outcomes.push({ taken, page, payload: { digest, ...stored } })
        for (let link = 0; link < 18; link++) found.push(queued((next * 31 + link * 104_729) % urls))
        found.push(queued(next++), queued(next++))
      }
      await frontier.commit({ outcomes, found, robots: new Map(), state: frontier.state })
      done += outcomes.length
    }
  })
  const { queued: before } = frontier
  await frontier.close()
  await timed('opened again, hosts', hosts, async () => {
    frontier = new Frontier(join(folder, 'frontier'), 1)
  })
  if (frontier.queued !== before) throw new Error(`expected ${before} URLs queued, got ${frontier.queued}`)
  await frontier.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
