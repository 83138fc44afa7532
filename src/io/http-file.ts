/**
 * A file behind http:// or https://, read by byte ranges (RFC 9110 section 14). Dropped connections and busy servers are
 * retried (`retry.ts`), going on where the bytes stopped; a server without ranges is refused, for a crawl is not downloaded once a worker.
 * User and password in the URL are sent and never shown. Leaves out other credentials, and proxies.
 */
import { type Dispatcher, request } from 'undici'
import { ShardError } from '../errors/errors.js'
import type { InputFile } from '../stage/stage.js'
import { retryAfterMs } from './json-endpoint.js'
import { PassingError, type RetryOptions, retried } from './retry.js'

export interface HttpFile extends InputFile {
  /** The ETag, else Last-Modified, else ''. */
  readonly modified: string
  close(): Promise<void>
}

export interface HttpOptions extends Partial<RetryOptions> {
  /** Milliseconds of silence that end an attempt. */
  readonly silenceMs?: number
}

const REDIRECTS_MAX = 5
/** RFC 9110 and 6585: too early, busy, or broken for now. */
export const RETRIED: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Asks for the file's first byte, which tells its size and whether the server reads by ranges. Throws ShardError. */
export async function openHttpFile(url: string, name: string, options: HttpOptions = {}): Promise<HttpFile> {
  const connection = new Connection(url, options)
  const { sizeBytes, modified } = await connection.open()
  return {
    name: withoutSecrets(name),
    sizeBytes,
    modified,
    read: (offset, lengthBytes) => connection.read(offset, Math.min(lengthBytes, sizeBytes - offset)),
    close: async () => {},
  }
}

class Connection {
  readonly #options: Required<HttpOptions>
  /** For messages. */
  readonly #shown: string
  #url: string
  #sizeBytes = 0
  #modified = ''

  constructor(url: string, options: HttpOptions) {
    this.#url = url
    this.#shown = withoutSecrets(url)
    this.#options = { attemptsMax: 6, retryMs: 500, silenceMs: 60_000, ...options }
  }

  async open(): Promise<{ sizeBytes: number; modified: string }> {
    await retried(this.#shown, this.#options, async () => {
      const response = await this.#get('bytes=0-0')
      const { statusCode, headers } = response
      await response.body.dump()
      const range = single(headers['content-range'])
      // An empty file has no first byte: the answer is 416 with the size.
      const size =
        /\/(\d+)$/.exec(range)?.[1] ?? (statusCode === 200 && single(headers['content-length']) === '0' ? '0' : '')
      if (statusCode === 200 && size === '')
        throw new ShardError(
          `${this.#shown}: expected a server that reads by byte ranges, got the whole file; download it first`,
        )
      if (statusCode !== 206 && size !== '0') throw statusError(this.#shown, response)
      if (size === '') throw new ShardError(`${this.#shown}: expected the file's size in Content-Range, got '${range}'`)
      this.#sizeBytes = Number(size)
      this.#modified = single(headers.etag) || single(headers['last-modified'])
    })
    return { sizeBytes: this.#sizeBytes, modified: this.#modified }
  }

  async read(offset: number, lengthBytes: number): Promise<Uint8Array> {
    if (lengthBytes <= 0) return new Uint8Array(0)
    const bytes = Buffer.allocUnsafeSlow(lengthBytes)
    let filled = 0
    await retried(
      this.#shown,
      this.#options,
      async () => {
        const start = offset + filled
        const response = await this.#get(`bytes=${start}-${offset + lengthBytes - 1}`)
        await this.#check(response, start)
        const pieces: AsyncIterable<Buffer> = response.body // a stream of bytes: its chunks are Buffers, though typed any
        for await (const piece of pieces) {
          if (filled + piece.length > lengthBytes)
            throw new ShardError(`${this.#shown}:${start}: got more bytes than asked`)
          filled += piece.copy(bytes, filled)
        }
        if (filled < lengthBytes) throw new Error(`expected ${lengthBytes} bytes, got ${filled}`)
      },
      () => filled,
    )
    return bytes
  }

  async #check(response: Dispatcher.ResponseData, start: number): Promise<void> {
    const { statusCode, headers } = response
    const range = single(headers['content-range'])
    const modified = single(headers.etag) || single(headers['last-modified'])
    const same = range.endsWith(`/${this.#sizeBytes}`) && modified === this.#modified
    if (statusCode === 206 && same && range.startsWith(`bytes ${start}-`)) return
    await response.body.dump()
    if (statusCode !== 206) throw statusError(this.#shown, response)
    throw new ShardError(
      same
        ? `${this.#shown}:${start}: expected bytes from there, got '${range}'`
        : `${this.#shown}: changed while it was read: expected ${this.#sizeBytes} bytes ${this.#modified}, got '${range}' ${modified}`,
    )
  }

  /** Follows redirects, and remembers where they led. */
  async #get(range: string): Promise<Dispatcher.ResponseData> {
    const { silenceMs } = this.#options
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const { url, authorization } = basicAuthorization(this.#url)
      const headers = { range, 'accept-encoding': 'identity', 'user-agent': 'millrace', ...authorization }
      const response = await request(url, { headers, headersTimeout: silenceMs, bodyTimeout: silenceMs })
      const location = single(response.headers.location)
      if (response.statusCode < 300 || response.statusCode >= 400 || location === '') return response
      await response.body.dump()
      this.#url = new URL(location, this.#url).href
    }
    throw new ShardError(`${this.#shown}: expected at most ${REDIRECTS_MAX} redirects, got more`)
  }
}

/** User and password of the URL as a header (RFC 7617), and the URL without them. */
function basicAuthorization(address: string): { url: URL; authorization: Record<string, string> } {
  const url = new URL(address)
  if (url.username === '') return { url, authorization: {} }
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { url, authorization: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
}

/** A passing error where another attempt may help, a ShardError where not. */
function statusError(shown: string, { statusCode, headers }: Dispatcher.ResponseData): Error {
  const message = `expected status 206, got ${statusCode}`
  return RETRIED.has(statusCode)
    ? new PassingError(message, retryAfterMs(headers['retry-after'], Date.now()))
    : new ShardError(`${shown}: ${message}`)
}

function single(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header) ?? ''
}

/** The URL without user, password and fragment; what is no URL as it is. */
function withoutSecrets(name: string): string {
  if (!URL.canParse(name)) return name
  const url = new URL(name)
  url.username = ''
  url.password = ''
  url.hash = ''
  return url.href
}
