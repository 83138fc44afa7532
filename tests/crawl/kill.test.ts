/** A crawl that is killed, or stopped, at any moment goes on with the same command: every page once, nothing lost. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { millrace } from '../support/cli.js'
import { configText, html, openSite, pageWith, type Site, targets, writtenRecords } from '../support/crawl-site.js'
import { temporaryFolder } from '../support/folder.js'

const base = temporaryFolder()
const PAGES = 240
const ALL = Array.from({ length: PAGES }, (_, at) => (at === 0 ? '/' : `/${at}`))
let site: Site
let config: string
let folder: string

beforeEach(async ({ task }) => {
  site = await openSite({
    '*': (request, response) => {
      const at = Number(request.url?.slice(1) || '0')
      const links = [1, 2, 3, 4, 5].map((step) => at * 5 + step).filter((page) => page < PAGES)
      html(pageWith(`${request.url} ${'words '.repeat(200)}`, ['/', ...links.map((page) => `/${page}`)]))(
        request,
        response,
      )
    },
  })
  const name = task.name.replace(/\W+/g, '-')
  folder = join(base, name)
  config = join(base, `${name}.yaml`)
  const seeds = [`http://127.0.0.1:${site.port}/`]
  writeFileSync(
    config,
    configText(site, folder, { seeds, politeness: { connectionsPerHost: 8 }, output: { sizeMax: 60_000 } }),
  )
})
afterEach(() => site.close())

async function pagesWritten(): Promise<string[]> {
  const records = await writtenRecords(folder)
  return targets(records, 'response')
    .map((target) => target.replace(`http://127.0.0.1:${site.port}`, ''))
    .filter((target) => target !== '/robots.txt')
}

it('killed twice', async () => {
  for (const share of [0.15, 0.6]) {
    const killed = await millrace(['crawl', config], {
      started: (child) => {
        const timer = setInterval(() => {
          if (new Set(site.asked).size < share * PAGES) return
          clearInterval(timer)
          child.kill('SIGKILL')
        }, 1)
        child.on('exit', () => clearInterval(timer))
      },
    })
    expect(killed.signal).toBe('SIGKILL')
    // What a machine that lost its power might leave behind the last commit.
    const [open] = readdirSync(join(folder, 'warc')).filter((name) => name.endsWith('.open'))
    if (open !== undefined) writeFileSync(join(folder, 'warc', open), 'half a record', { flag: 'a' })
  }
  const { code, stdout } = await millrace(['crawl', config])
  expect(code).toBe(0)
  expect(stdout).toContain('(resumed)')
  expect(stdout).toMatch(new RegExp(`^${PAGES} answers stored`))
  expect(await pagesWritten()).toEqual([...ALL].sort())
  expect(readdirSync(join(folder, 'warc')).filter((name) => name.endsWith('.open'))).toEqual([])
})

it('interrupted', async () => {
  const stopped = await millrace(['crawl', config], {
    started: (child) => {
      const timer = setInterval(() => {
        if (site.asked.length < 60) return
        clearInterval(timer)
        child.kill('SIGINT')
      }, 1)
    },
  })
  expect([stopped.code, stopped.stderr]).toEqual([130, expect.stringContaining('the same command goes on from here')])
  const before = await pagesWritten()
  expect(before.length).toBeGreaterThan(20)
  expect(readdirSync(join(folder, 'warc')).filter((name) => name.endsWith('.open'))).toEqual([])
  expect((await millrace(['crawl', config])).code).toBe(0)
  expect(await pagesWritten()).toEqual([...ALL].sort())
})
