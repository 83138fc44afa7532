/** A shard that fails midway leaves nothing of what it had summed to the shards behind it, nor to itself when it is done again. */

import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { millrace } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()
const LINES = 40_000
const body = Buffer.from(
  Array.from(
    { length: LINES },
    (_, at) => `${JSON.stringify({ id: String(at), text: `mill wheel number ${at} ${'turns '.repeat(20)}` })}\n`,
  ).join(''),
)
let server: Server
let isBroken = true

beforeAll(async () => {
  server = createServer((request, response) => {
    const [, first = '0', last = String(body.length - 1)] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? []
    const end = Math.min(Number(last || body.length - 1), body.length - 1)
    if (isBroken && request.url === '/a.jsonl' && Number(first) > body.length / 2)
      return void response.writeHead(404).end()
    const part = body.subarray(Number(first), end + 1)
    response.writeHead(206, {
      'content-range': `bytes ${first}-${end}/${body.length}`,
      'content-length': part.length,
      'accept-ranges': 'bytes',
      etag: '"1"',
    })
    response.end(request.method === 'HEAD' ? undefined : part)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

function words(name: string): number {
  return JSON.parse(readFileSync(join(folder, name, 'artifacts/train-tokenizer/training.json'), 'utf8')).words
}

it('counts each document once after a failure, with inputs by URL', async () => {
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listening on TCP
  const config = (name: string) => {
    const input = { jsonl: ['a', 'b'].map((file) => `${root}/${file}.jsonl`) }
    const stages = [{ 'train-tokenizer': { vocabularySize: 300 } }]
    const file = join(folder, `${name}.yaml`)
    writeFileSync(file, JSON.stringify({ input, stages, output: { jsonl: name }, execution: { workers: 1 } }))
    return file
  }
  const failed = await millrace(['run', config('resumed')])
  expect(failed.code).toBe(1)
  expect(failed.stderr).toContain('404')
  isBroken = false
  const resumed = await millrace(['run', config('resumed')])
  expect(resumed.code, resumed.stderr).toBe(0)
  const clean = await millrace(['run', config('clean')])
  expect(clean.code, clean.stderr).toBe(0)
  expect(words('resumed')).toBe(words('clean'))
})
