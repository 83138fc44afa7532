import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError, ShardError } from '../../src/errors/errors.js'
import {
  EndpointError,
  type JsonEndpoint,
  type JsonEndpointOptions,
  openJsonEndpoint,
  retryAfterMs,
  waitMs,
} from '../../src/io/json-endpoint.js'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

let server: Server
let base: string
let asked: { method: string; url: string; body: string; headers: IncomingMessage['headers'] }[] = []
let answers: Answer[] = []
let endpoint: JsonEndpoint | undefined

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url = '', headers } = request
    asked.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
    const answer = answers.shift() ?? ((_, response) => response.end('{"fine":true}'))
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
afterEach(() => endpoint?.close())

function opened(options: Partial<JsonEndpointOptions> = {}): JsonEndpoint {
  const defaults = { url: base, apiKeyVariable: '', connections: 2, timeoutSeconds: 5, attemptsMax: 3, retryMs: 1 }
  endpoint = openJsonEndpoint({ ...defaults, ...options })
  return endpoint
}

const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end(body)

async function failure(promise: Promise<unknown>): Promise<EndpointError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof EndpointError) return error
    throw error
  }
  throw new Error('expected a failure')
}

it('posts and gets JSON below the path of its address', async () => {
  const endpoint = opened({ url: `${base}/models/a` })
  expect(await endpoint.post('v1/completions', '{"a":1}', 100)).toEqual({ fine: true })
  expect(await endpoint.get('v1/models', 100)).toEqual({ fine: true })
  expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
    ['POST', '/models/a/v1/completions', '{"a":1}'],
    ['GET', '/models/a/v1/models', ''],
  ])
  expect(asked[0].headers['content-type']).toBe('application/json')
  expect(asked[0].headers.authorization).toBeUndefined()
  expect(endpoint.url).toBe(`${base}/models/a/`)
})

describe('attempts', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 529])('status %i is tried again', async (code) => {
    answers.push(status(code))
    expect(await opened().post('x', '1', 100)).toEqual({ fine: true })
    expect(asked).toHaveLength(2)
  })

  it.each([201, 204, 400, 401, 403, 404, 409, 413, 422, 501, 505])('status %i is not', async (code) => {
    answers.push(status(code))
    const error = await failure(opened().post('x', '1', 100))
    expect(error).toBeInstanceOf(ShardError)
    expect(error.status).toBe(code)
    expect(error.message).toBe(`${base}/x: expected status 200, got ${code}`)
    expect(asked).toHaveLength(1)
  })

  it('redirects are not followed', async () => {
    answers.push(status(307, { location: `${base}/elsewhere` }))
    expect((await failure(opened().post('x', '1', 100))).status).toBe(307)
    expect(asked).toHaveLength(1)
  })

  it('the limit of one call goes before that of all', async () => {
    answers.push(status(500), status(500))
    const error = await failure(opened().post('x', '1', 100, 1))
    expect(error.message).toBe(`${base}/x: gave up after 1 attempt, the last: expected status 200, got 500`)
    expect(asked).toHaveLength(1)
  })

  it('wait as long as the server says', async () => {
    answers.push(status(429, { 'retry-after': '1' }))
    const start = performance.now()
    expect(await opened().post('x', '1', 100)).toEqual({ fine: true })
    expect(performance.now() - start).toBeGreaterThan(990)
  })

  it('do not go on after closing', async () => {
    answers.push(status(429, { 'retry-after': '100' }))
    const endpoint = opened()
    const posting = failure(endpoint.post('x', '1', 100))
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await endpoint.close()
    expect((await posting).message).toMatch(/closed while a request was under way/)
    expect((await failure(endpoint.post('x', '1', 100))).message).toMatch(/closed/)
    expect(asked).toHaveLength(1)
  })

  it('end in time although bytes keep coming', async () => {
    const drip: Answer = (_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(timer))
    }
    answers.push(drip, drip)
    const error = await failure(opened({ timeoutSeconds: 0.05, attemptsMax: 2 }).post('x', '1', 1e6))
    expect(error.message).toMatch(/gave up after 2 attempts, the last: no whole reply within 0.05 s/)
  })
})

describe('waits', () => {
  it('double up to half a minute, less up to a half', () => {
    expect([1, 2, 3, 7, 8, 400].map((attempts) => waitMs(attempts, 500, 0, 1))).toEqual([500, 1e3, 2e3, 3e4, 3e4, 3e4])
    expect([1, 2, 3, 7, 8, 400].map((attempts) => waitMs(attempts, 500, 0, 0))).toEqual([
      250, 500, 1e3, 15e3, 15e3, 15e3,
    ])
  })

  it('are as long as the server says, but not for ever', () => {
    expect(waitMs(1, 500, 7000, 0.5)).toBe(7000)
    expect(waitMs(1, 500, 100, 1)).toBe(500)
    expect(waitMs(1, 500, 1e9, 1)).toBe(300_000)
  })

  it.each<[string | string[] | undefined, number]>([
    [undefined, 0],
    ['', 0],
    ['120', 120_000],
    [' 3 ', 3000],
    [['5', '6'], 5000],
    ['Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['soon', 0],
    ['-5', 0],
  ])('Retry-After: %s', (header, ms) => {
    expect(retryAfterMs(header, Date.UTC(2026, 10, 24, 12))).toBe(ms)
  })
})

describe('replies', () => {
  it('are refused when they announce too much', async () => {
    answers.push((_, response) => response.writeHead(200, { 'content-length': '101' }).end(`"${'x'.repeat(99)}"`))
    const error = await failure(opened().post('x', '1', 100))
    expect(error.message).toBe(`${base}/x: expected a reply of at most 100 bytes, got 101 or more`)
    expect(asked).toHaveLength(1)
    answers.push((_, response) => response.writeHead(200, { 'content-length': '101' }).end(`"${'x'.repeat(99)}"`))
    expect(await opened().post('x', '1', 101)).toBe('x'.repeat(99))
  })

  it('are asked for again when they are no JSON', async () => {
    answers.push(status(200, {}, '<html>'), status(200, {}, ''), status(200, {}, '{"a":'))
    const error = await failure(opened().post('x', '1', 100))
    expect(error.message).toMatch(/gave up after 3 attempts, the last: expected JSON, got '{"a":'/)
  })

  it.each([
    ['OpenAI', '{"error":{"message":"too long","code":400}}', 'too long'],
    ['older vLLM', '{"object":"error","message":"too long"}', 'too long'],
    ['FastAPI', '{"detail":[{"loc":["body"],"msg":"x"}]}', '[{"loc":["body"],"msg":"x"}]'],
    ['a string', '{"error":"too long"}', 'too long'],
    ['several lines', '{"error":{"message":"too\\n\\n  long"}}', 'too long'],
    ['no object', '[1]', '[1]'],
    ['no JSON', 'too long', 'too long'],
    ['much', 'x'.repeat(1000), `${'x'.repeat(300)}…`],
    ['far too much', 'x'.repeat(100_000), ''],
  ])('say what is wrong: %s', async (_, body, said) => {
    answers.push(status(400, {}, body))
    const { message } = await failure(opened().post('x', '1', 100))
    expect(message).toBe(`${base}/x: expected status 200, got 400${said === '' ? '' : `: ${said}`}`)
  })
})

describe('the key', () => {
  afterEach(() => delete process.env.MILLRACE_TEST_KEY)

  it('is sent, never to be shown', async () => {
    process.env.MILLRACE_TEST_KEY = ' sesame-0815\n'
    answers.push(status(200, {}, 'Bearer sesame-0815'))
    const error = await failure(opened({ apiKeyVariable: 'MILLRACE_TEST_KEY', attemptsMax: 1 }).post('x', '1', 100))
    expect(asked[0].headers.authorization).toBe('Bearer sesame-0815')
    expect(error.message).toContain("got 'Bearer ***'")
    expect(JSON.stringify(endpoint) + String(error.stack)).not.toContain('sesame')
  })

  it.each([401, 403])('nor parts of it, status %i', async (code) => {
    answers.push(status(code, {}, '{"error":{"message":"Incorrect API key provided: ses*****15"}}'))
    expect((await failure(opened().post('x', '1', 100))).message).toBe(`${base}/x: expected status 200, got ${code}`)
  })

  it('must be there, and fit into a header', () => {
    expect(() => opened({ apiKeyVariable: 'MILLRACE_TEST_KEY' })).toThrow(ConfigError)
    process.env.MILLRACE_TEST_KEY = 'sesame\r\nhost: elsewhere'
    expect(() => opened({ apiKeyVariable: 'MILLRACE_TEST_KEY' })).toThrow(
      /^expected printable ASCII in the environment variable MILLRACE_TEST_KEY, got something else$/,
    )
  })
})
