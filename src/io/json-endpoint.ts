/**
 * JSON over HTTP to a service that may be busy, restart, or break off in the middle: bounded connections, a time limit for
 * each attempt, replies of bounded size, and further attempts after lost connections, timeouts, statuses 408, 425, 429 and
 * 5xx (RFC 9110 section 15, RFC 6585), and bodies that are no JSON (cut by something in between). Waits double from attempt
 * to attempt, with jitter so that lanes that failed together don't come back together; Retry-After (RFC 9110 section
 * 10.2.3) lengthens them. POSTs are repeated too: only send what may be done twice. Redirects are not followed, so that a
 * key goes nowhere but to the address in the config. The key comes from an environment variable and is never shown.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Dispatcher, Pool } from 'undici'
import { ConfigError, messageOf, ShardError } from '../errors/errors.js'

export interface JsonEndpointOptions {
  /** http:// or https://, a host, and a path if the service does not stand at the root. */
  readonly url: string
  /** Environment variable that holds the key, sent as a bearer token (RFC 6750); '' for none. */
  readonly apiKeyVariable: string
  readonly connections: number
  /** For one attempt, from connecting to the last byte of the reply. */
  readonly timeoutSeconds: number
  readonly attemptsMax: number
  /** Milliseconds before the second attempt, doubled with each further one. */
  readonly retryMs: number
}

export interface JsonEndpoint {
  /** Without secrets, for messages. */
  readonly url: string
  /** `path` without a leading slash. Throws EndpointError. */
  get(path: string, replyBytesMax: number, attemptsMax?: number): Promise<unknown>
  post(path: string, json: string, replyBytesMax: number, attemptsMax?: number): Promise<unknown>
  /** Breaks off what is under way. */
  close(): Promise<void>
}

/** No usable reply, after all attempts. */
export class EndpointError extends ShardError {
  constructor(
    message: string,
    /** Of the last reply; 0 when there was none. */
    readonly status: number,
  ) {
    super(message)
  }
}

const WAIT_MS_MAX = 30_000
const RETRY_AFTER_MS_MAX = 300_000
/** 501 and 505 say that it will never work. */
const RETRIED = /^(408|425|429|5\d\d)$/
const NOT_RETRIED: ReadonlySet<number> = new Set([501, 505])
/** Bytes read of the body of an error, and characters shown of its message. */
const ERROR_BYTES_MAX = 65_536
const ERROR_SHOWN_MAX = 300

/** Connects to nothing yet. Throws ConfigError for an address or a key that can't be right. */
export function openJsonEndpoint(options: JsonEndpointOptions): JsonEndpoint {
  const url = checkedUrl(options.url)
  const key = keyFrom(options.apiKeyVariable)
  return new Endpoint(url, key, options)
}

/** One attempt's failure. `final`: another attempt would bring the same. */
class AttemptError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly final: boolean,
    readonly retryAfterMs = 0,
  ) {
    super(message)
  }
}

class Endpoint implements JsonEndpoint {
  readonly url: string
  readonly #basePath: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #key: string
  readonly #pool: Pool
  readonly #closed = new AbortController()
  readonly #options: JsonEndpointOptions

  constructor(url: URL, key: string, options: JsonEndpointOptions) {
    this.#basePath = url.pathname.replace(/\/*$/, '/')
    this.url = `${url.origin}${this.#basePath}`
    this.#key = key
    this.#headers = {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'user-agent': 'millrace',
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
    }
    this.#options = options
    // The time limit of an attempt covers all of its phases.
    this.#pool = new Pool(url.origin, { connections: options.connections, headersTimeout: 0, bodyTimeout: 0 })
  }

  get(path: string, replyBytesMax: number, attemptsMax = this.#options.attemptsMax): Promise<unknown> {
    return this.#retried(path, attemptsMax, (signal) => this.#attempt('GET', path, null, replyBytesMax, signal))
  }

  post(path: string, json: string, replyBytesMax: number, attemptsMax = this.#options.attemptsMax): Promise<unknown> {
    return this.#retried(path, attemptsMax, (signal) => this.#attempt('POST', path, json, replyBytesMax, signal))
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#pool.destroy()
  }

  async #retried(
    path: string,
    attemptsMax: number,
    attempt: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<unknown> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.#limited(attempt)
      } catch (error) {
        if (!(error instanceof AttemptError)) throw error
        const shown = `${this.url}${path}`
        if (error.final) throw new EndpointError(this.#redacted(`${shown}: ${error.message}`), error.status)
        if (attempts >= attemptsMax) {
          const message = `${shown}: gave up after ${attempts} attempt${attempts === 1 ? '' : 's'}, the last: ${error.message}`
          throw new EndpointError(this.#redacted(message), error.status)
        }
        await this.#wait(attempts, error.retryAfterMs)
      }
    }
  }

  async #wait(attempts: number, retryAfterMs: number): Promise<void> {
    const ms = waitMs(attempts, this.#options.retryMs, retryAfterMs, Math.random())
    await sleep(ms, undefined, { signal: this.#closed.signal }).catch(() => this.#throwClosed())
  }

  /** Runs an attempt under its time limit; what it throws is an AttemptError, or says that the endpoint was closed. */
  async #limited(attempt: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
    const { timeoutSeconds } = this.#options
    if (this.#closed.signal.aborted) this.#throwClosed()
    const limit = new AbortController()
    const stop = () => limit.abort()
    const timer = setTimeout(stop, timeoutSeconds * 1000)
    this.#closed.signal.addEventListener('abort', stop)
    try {
      return await attempt(limit.signal)
    } catch (error) {
      if (this.#closed.signal.aborted) this.#throwClosed()
      if (error instanceof AttemptError) throw error
      if (limit.signal.aborted) throw new AttemptError(`no whole reply within ${timeoutSeconds} s`, 0, false)
      throw new AttemptError(causeOf(error), 0, false)
    } finally {
      clearTimeout(timer)
      this.#closed.signal.removeEventListener('abort', stop)
    }
  }

  async #attempt(
    method: 'GET' | 'POST',
    path: string,
    body: string | null,
    replyBytesMax: number,
    signal: AbortSignal,
  ): Promise<unknown> {
    const headers = this.#headers
    const response = await this.#pool.request({ method, path: `${this.#basePath}${path}`, headers, body, signal })
    if (response.statusCode !== 200) throw await statusError(response)
    const text = (await bytesOf(response, replyBytesMax)).toString('utf8')
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new AttemptError(`expected JSON, got '${text.slice(0, 60)}': ${messageOf(error)}`, 200, false)
    }
  }

  #redacted(message: string): string {
    return this.#key === '' ? message : message.replaceAll(this.#key, '***')
  }

  #throwClosed(): never {
    throw new EndpointError(`${this.url}: closed while a request was under way`, 0)
  }
}

async function bytesOf({ body, headers, statusCode }: Dispatcher.ResponseData, bytesMax: number): Promise<Buffer> {
  const announced = Number(headers['content-length'] ?? 0)
  const pieces: Buffer[] = []
  let length = 0
  const chunks: AsyncIterable<Buffer> = body // a stream of bytes: its chunks are Buffers, though typed any
  for await (const chunk of chunks) {
    length += chunk.length
    const known = Math.max(length, announced)
    if (known > bytesMax) {
      throw new AttemptError(`expected a reply of at most ${bytesMax} bytes, got ${known} or more`, statusCode, true)
    }
    pieces.push(chunk)
  }
  return Buffer.concat(pieces)
}

async function statusError(response: Dispatcher.ResponseData): Promise<AttemptError> {
  const { statusCode: status, headers } = response
  const final = !RETRIED.test(String(status)) || NOT_RETRIED.has(status)
  const body = await bytesOf(response, ERROR_BYTES_MAX).catch(() => Buffer.alloc(0))
  // What services answer to a wrong key may hold parts of it.
  const said = status === 401 || status === 403 ? '' : saidIn(body.toString('utf8'))
  const message = `expected status 200, got ${status}${said === '' ? '' : `: ${said}`}`
  return new AttemptError(message, status, final, retryAfterMs(headers['retry-after'], Date.now()))
}

/** The message in the body of an error: `{error: {message}}` of OpenAI, `{message}`, FastAPI's `{detail}`, else the body. */
function saidIn(body: string): string {
  let said: unknown = body
  try {
    const json: unknown = JSON.parse(body)
    const { error, message, detail } = Object(json) as Record<string, unknown> // Object() of anything has properties
    said = Object(error).message ?? error ?? message ?? detail ?? body
  } catch {}
  const text = (typeof said === 'string' ? said : JSON.stringify(said)).replace(/\s+/g, ' ').trim()
  return text.length <= ERROR_SHOWN_MAX ? text : `${text.slice(0, ERROR_SHOWN_MAX)}…`
}

/**
 * Milliseconds before the attempt that follows `attempts` failed ones.
 * @param chance from 0 to 1
 */
export function waitMs(attempts: number, retryMs: number, retryAfterMs: number, chance: number): number {
  const doubled = Math.min(retryMs * 2 ** (attempts - 1), WAIT_MS_MAX)
  return Math.max(doubled * (0.5 + 0.5 * chance), Math.min(retryAfterMs, RETRY_AFTER_MS_MAX))
}

/** Milliseconds that a Retry-After asks for, in seconds or as a date; 0 for none, for what has passed and for nonsense. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number {
  const value = (Array.isArray(header) ? header[0] : header) ?? ''
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs
  return Number.isNaN(ms) ? 0 : Math.max(ms, 0)
}

/** An error of the network; Node gives some of them no message but a code, and a list of one for each address tried. */
function causeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown } // Object() of anything has properties
  const message = messageOf(error)
  if (typeof code !== 'string' || message.includes(code)) return message
  return message === '' ? code : `${message} (${code})`
}

function checkedUrl(address: string): URL {
  const expected = (got: string) => new ConfigError(`expected an address as http://127.0.0.1:8000, got ${got}`)
  if (!URL.canParse(address)) throw expected(`'${address}'`)
  const url = new URL(address)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw expected(`one of ${url.protocol}`)
  // Configs are stored with the run.
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw expected(`one with user, query or fragment on ${url.host}; a key belongs in an environment variable`)
  }
  return url
}

function keyFrom(variable: string): string {
  if (variable === '') return ''
  const key = process.env[variable]?.trim() ?? ''
  if (key === '') throw new ConfigError(`expected the key in the environment variable ${variable}, got none`)
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new ConfigError(`expected printable ASCII in the environment variable ${variable}, got something else`)
  }
  return key
}
