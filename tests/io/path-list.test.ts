import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { expandPatterns } from '../../src/io/input-files.js'
import { readPathList } from '../../src/io/path-list.js'
import { loadConfig } from '../../src/run/config.js'
import { makePlan } from '../../src/run/plan.js'
import { temporaryFolder } from '../support/folder.js'
import { memoryFile } from '../support/memory-file.js'

const folder = temporaryFolder()

const LINES = ['crawl-data/a.warc.gz', 'crawl-data/b.warc.gz', 'https://e.org/c.warc.gz', 's3://bucket/d.warc.gz']
const list = (lines: readonly string[]) => memoryFile('warc.paths.gz', gzipSync(`${lines.join('\n')}\n`))
const all = { base: 'https://data.commoncrawl.org/', take: null, seed: 1 }

it('a list names URLs, or what stands behind its base', async () => {
  expect(await readPathList(list(LINES), all)).toEqual([
    'https://data.commoncrawl.org/crawl-data/a.warc.gz',
    'https://data.commoncrawl.org/crawl-data/b.warc.gz',
    'https://e.org/c.warc.gz',
    's3://bucket/d.warc.gz',
  ])
  expect(await readPathList(list(['/x/a', '', ' b ', 'b']), { ...all, base: 's3://commoncrawl/' })).toEqual([
    's3://commoncrawl/x/a',
    's3://commoncrawl/b',
  ])
  expect(await readPathList(list(['x/a']), { ...all, base: '/data' })).toEqual(['/data/x/a'])
})

it('take chooses by the seed, whatever the order of the lines', async () => {
  const lines = Array.from({ length: 50 }, (_, i) => `${i}.warc.gz`)
  const taken = async (order: readonly string[], take: number, seed = 1) =>
    (await readPathList(list(order), { ...all, take, seed })).sort()
  expect(await taken(lines, 7)).toHaveLength(7)
  expect(await taken([...lines].reverse(), 7)).toEqual(await taken(lines, 7))
  expect(await taken(lines, 8)).toEqual(expect.arrayContaining(await taken(lines, 7)))
  expect(await taken(lines, 7, 2)).not.toEqual(await taken(lines, 7))
  expect(await taken(lines, 500)).toHaveLength(50)
})

it('a list that is damaged or empty is a config error', async () => {
  await expect(readPathList(list(['']), all)).rejects.toThrow(ConfigError)
  const cut = gzipSync(LINES.join('\n')).subarray(0, 40)
  await expect(readPathList(memoryFile('x.paths.gz', cut), all)).rejects.toThrow(/expected a list of files: .*gzip/)
  await expect(readPathList(memoryFile('x.paths.gz', 'a'), all)).rejects.toThrow('it is not gzip')
})

it('a config reads a list over HTTP, and the plan has its files with their sizes', async () => {
  const content = Buffer.from('{"text":"a"}\n')
  const server = createServer((request, response) => {
    const bytes = request.url === '/cc/all.paths.gz' ? gzipSync('data/a.jsonl\ndata/b.jsonl\n') : content
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []
    const part = bytes.subarray(Number(from), Number(to) + 1)
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`
    response.writeHead(206, { 'content-range': range, etag: '"1"' }).end(part)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cc` // listening on TCP
  const file = join(folder, 'c.yaml')
  writeFileSync(file, `input: { jsonl: ${base}/all.paths.gz, base: ${base} }\noutput: { jsonl: out }\n`)
  const { inputs } = await makePlan(await loadConfig(file))
  expect(inputs.map(({ name, sizeBytes, modified }) => [name, sizeBytes, modified])).toEqual([
    [`${base}/data/a.jsonl`, content.length, '"1"'],
    [`${base}/data/b.jsonl`, content.length, '"1"'],
  ])
  const taken = await makePlan(await loadConfig(file, { set: ['input.take=1'] }))
  expect(taken.inputs).toHaveLength(1)
  server.closeAllConnections()
  server.close()
})

it('a list of files below a folder, where lists are read', async () => {
  mkdirSync(join(folder, 'in'))
  writeFileSync(join(folder, 'in', 'a.txt'), 'abc')
  writeFileSync(join(folder, 'my.paths'), 'in/a.txt\n')
  const files = await expandPatterns(['my.paths'], folder, { ...all, base: folder })
  expect(files).toMatchObject([{ name: 'a.txt', path: join(folder, 'in/a.txt'), sizeBytes: 3 }])
  expect(await expandPatterns(['my.paths'], folder)).toMatchObject([{ name: 'my.paths' }])
})
