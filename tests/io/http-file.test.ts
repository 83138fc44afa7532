import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ShardError } from '../../src/errors/errors.js'
import { openHttpFile } from '../../src/io/http-file.js'
import { expandPatterns, openInput } from '../../src/io/input-files.js'
import { Random } from '../support/random.js'

const bytes = Buffer.from(new Random(1).bytes(300_000))
const fast = { retryMs: 1, attemptsMax: 4, silenceMs: 2000 }
let server: Server
let base: string
/** Ranges asked for, and how the next requests are answered: the first that is left is taken off and used. */
let asked: string[] = []
let answers: ((request: IncomingMessage, response: ServerResponse) => void)[] = []

function serve(request: IncomingMessage, response: ServerResponse, content = bytes, etag = '"v1"'): void {
  const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')
  if (!range || Number(range[1]) >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
    return
  }
  const start = Number(range[1])
  const end = Math.min(Number(range[2]), content.length - 1)
  response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${content.length}`, etag })
  response.end(content.subarray(start, end + 1))
}

const status = (code: number) => (_: IncomingMessage, response: ServerResponse) => response.writeHead(code).end()

/** Sends the head and a part of the body, then drops the connection. */
function broken(request: IncomingMessage, response: ServerResponse): void {
  const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []
  const start = Number(from)
  response.writeHead(206, { 'content-range': `bytes ${start}-${to}/${bytes.length}`, etag: '"v1"' })
  response.write(bytes.subarray(start, start + 10_000), () => setTimeout(() => response.destroy(), 5))
}

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.headers.range ?? 'whole')
    const answer = answers.shift() ?? serve
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listening on TCP
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = []
  answers = []
})

function equals(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

describe('openHttpFile', () => {
  it('tells the size and reads any range', async () => {
    const file = await openHttpFile(`${base}/a.warc.gz`, 'a.warc.gz', fast)
    expect([file.sizeBytes, file.modified, file.name]).toEqual([bytes.length, '"v1"', 'a.warc.gz'])
    expect(equals(await file.read(0, 10), bytes.subarray(0, 10))).toBe(true)
    expect(equals(await file.read(1000, 200_000), bytes.subarray(1000, 201_000))).toBe(true)
    expect(equals(await file.read(bytes.length - 5, 100), bytes.subarray(-5))).toBe(true)
    expect(await file.read(bytes.length, 100)).toHaveLength(0)
    expect(asked).toEqual([
      'bytes=0-0',
      'bytes=0-9',
      'bytes=1000-200999',
      `bytes=${bytes.length - 5}-${bytes.length - 1}`,
    ])
  })

  it('goes on where a dropped connection stopped', async () => {
    const file = await openHttpFile(`${base}/a`, 'a', fast)
    answers = [broken, broken]
    expect(equals(await file.read(500, 100_000), bytes.subarray(500, 100_500))).toBe(true)
    expect(asked).toHaveLength(4)
    const starts = asked.slice(1).map((range) => Number(/\d+/.exec(range)?.[0]))
    expect(starts).toEqual([500, 10_500, 20_500])
  })

  it('waits for a busy server, and gives up after some attempts', async () => {
    answers = [status(503), status(429)]
    const file = await openHttpFile(`${base}/a`, 'a', fast)
    answers = [status(500), status(502)]
    expect(await file.read(0, 10)).toHaveLength(10)
    answers = Array(4).fill(status(503))
    await expect(file.read(0, 10)).rejects.toThrow(/gave up after 4 attempts: expected status 206, got 503/)
  })

  it('follows redirects, and not without end', async () => {
    const to = (location: string) => (_: IncomingMessage, response: ServerResponse) =>
      response.writeHead(302, { location }).end()
    answers = [to('/b'), to(`${base}/c`)]
    const file = await openHttpFile(`${base}/a`, 'a', fast)
    expect(await file.read(0, 10)).toHaveLength(10)
    expect(asked).toHaveLength(4) // the redirects are followed once
    answers = Array(10).fill(to('/again'))
    await expect(openHttpFile(`${base}/a`, 'a', fast)).rejects.toThrow(/at most 5 redirects/)
  })

  it('refuses what can not work, at once', async () => {
    answers = [status(404)]
    await expect(openHttpFile(`${base}/a`, 'a', fast)).rejects.toThrow(/expected status 206, got 404/)
    answers = [(_, response) => response.writeHead(200, { 'content-length': '5' }).end('whole')]
    await expect(openHttpFile(`${base}/a`, 'a', fast)).rejects.toThrow(
      /byte ranges, got the whole file; download it first/,
    )
    expect(asked).toHaveLength(2)
  })

  it('notices a file that changed', async () => {
    const file = await openHttpFile(`${base}/a`, 'a', fast)
    answers = [(request, response) => serve(request, response, bytes, '"v2"')]
    const failed = file.read(0, 10)
    await expect(failed).rejects.toThrow(/changed while it was read/)
    await expect(failed).rejects.toBeInstanceOf(ShardError)
  })

  it('opens an empty file', async () => {
    answers = [(request, response) => serve(request, response, Buffer.alloc(0))]
    expect((await openHttpFile(`${base}/empty`, 'empty', fast)).sizeBytes).toBe(0)
  })

  it('sends user and password and never shows them', async () => {
    let authorization = ''
    answers = [
      (request, response) => {
        authorization = request.headers.authorization ?? ''
        status(403)(request, response)
      },
    ]
    const url = `${base.replace('//', '//user:secret%20x@')}/a`
    const error = await openHttpFile(url, url, fast).catch(String)
    expect(authorization).toBe(`Basic ${Buffer.from('user:secret x').toString('base64')}`)
    expect(error).not.toContain('secret')
    expect((await openHttpFile(url, url, fast)).name).toBe(`${base}/a`)
  })
})

describe('URLs among inputs', () => {
  it('are listed under their own name and opened', async () => {
    const files = await expandPatterns([`${base}/a.warc.gz`, `${base}/a.warc.gz`], '/')
    expect(files).toEqual([
      { name: `${base}/a.warc.gz`, path: `${base}/a.warc.gz`, sizeBytes: bytes.length, modified: '"v1"' },
    ])
    const file = await openInput(`${base}/a.warc.gz`, 'a.warc.gz')
    expect(equals(await file.read(7, 7), bytes.subarray(7, 14))).toBe(true)
    await file.close()
  })

  it('that can not be had are a config error', async () => {
    answers = [status(404)]
    await expect(expandPatterns([`${base}/none`], '/')).rejects.toThrow(/^input: http.*got 404/)
  })
})
