/**
 * One request and its answer as they went over the wire: GET, HTTP/1.1, nothing followed, nothing decoded, no cookies. Size,
 * time and a minimum rate are bounded; what a bound cut off says so. Chunked transfer encoding is removed by the client
 * (undici), everything else is kept: order and case of header lines, content encoding, the reason phrase.
 */
import { messageOf } from '../errors/errors.js'
import { AddressRefused, type Connections, type Lane } from './connections.js'

export interface FetchLimits {
  readonly secondsMax: number
  /** Bytes of a body as received; longer ones are cut. */
  readonly bodySizeMax: number
  /** Bytes a second on average that a body must keep up, after `graceSeconds`: it may begin slowly. */
  readonly bytesPerSecondMin: number
  readonly graceSeconds: number
}

export interface FetchRequest {
  /** Canonical. */
  readonly url: string
  /** Name and value alternately, beside Host and Connection. */
  readonly headers: readonly string[]
  readonly limits: FetchLimits
  /** Told of the head; false: the body is not wanted, and the connection is let go. */
  readonly wanted?: (head: ResponseHead) => boolean
  readonly signal?: AbortSignal
}

export interface ResponseHead {
  readonly status: number
  readonly reason: string
  /** Name and value alternately, as received; characters are bytes. */
  readonly rawHeaders: readonly string[]
  /** By lower-case name, the first of several. */
  readonly fields: ReadonlyMap<string, string>
}

export type Truncation = 'length' | 'time' | 'disconnect'

export interface Answer extends ResponseHead {
  readonly kind: 'answer'
  readonly url: string
  /** The request's head as it was sent. */
  readonly requestHead: string
  /** Content encoding kept. */
  readonly body: Buffer
  readonly truncated: Truncation | null
  /** `wanted` said no: there is no body. */
  readonly unwanted: boolean
  readonly address: string
  readonly startedAt: Date
  readonly seconds: number
}

export interface Failure {
  readonly kind: 'failure'
  readonly reason: 'address' | 'dns' | 'connect' | 'timeout' | 'headers' | 'protocol' | 'stopped'
  readonly message: string
}

const RATE_CHECK_MS = 500

export async function fetchUrl(connections: Connections, request: FetchRequest): Promise<Answer | Failure> {
  const { origin } = new URL(request.url)
  const lane = connections.take(origin)
  const reused = lane.answered > 0
  const first = await exchange(lane, request)
  if (first.kind === 'answer' || first.reason === 'address') return settle(connections, lane, first)
  void lane.client.destroy()
  // A kept connection that the server had closed in the meantime: that was no attempt.
  if (!reused || first.reason !== 'protocol') return first
  const fresh = connections.open(origin)
  return settle(connections, fresh, await exchange(fresh, request))
}

function settle(connections: Connections, lane: Lane, outcome: Answer | Failure): Answer | Failure {
  if (outcome.kind === 'answer' && outcome.truncated === null && !outcome.unwanted) {
    lane.answered++
    connections.giveBack(lane)
  } else void lane.client.destroy()
  return outcome
}

function exchange(lane: Lane, { url, headers, limits, wanted, signal }: FetchRequest): Promise<Answer | Failure> {
  return new Promise((done) => {
    const { pathname, search } = new URL(url)
    const startedAt = new Date()
    const began = performance.now()
    const parts: Buffer[] = []
    let length = 0
    let head: ResponseHead | null = null
    let headAt = 0
    let stop: (reason: Truncation | 'unwanted' | 'stopped' | 'timeout') => void = () => {}
    let ended = false

    const finish = (outcome: Answer | Failure) => {
      if (ended) return
      ended = true
      clearTimeout(deadline)
      clearInterval(rate)
      signal?.removeEventListener('abort', onAbort)
      done(outcome)
    }
    const answer = (truncated: Truncation | null, unwanted = false): Answer | Failure =>
      head === null
        ? failure('timeout', 'no answer in time')
        : {
            kind: 'answer',
            ...head,
            url,
            requestHead: lane.requestHead,
            body: Buffer.concat(parts),
            truncated,
            unwanted,
            address: lane.address,
            startedAt,
            seconds: (performance.now() - began) / 1000,
          }
    let abort: ((error: Error) => void) | null = null
    stop = (reason) => {
      if (reason === 'stopped') finish(failure('stopped', 'interrupted'))
      else if (reason === 'unwanted') finish(answer(null, true))
      else finish(answer(reason === 'timeout' ? 'time' : reason))
      // Before the request is on the wire there is nothing to abort: the client is destroyed by the caller.
      abort?.(new Error(reason))
    }
    const onAbort = () => stop('stopped')
    const deadline = setTimeout(() => stop('timeout'), limits.secondsMax * 1000)
    const rate = setInterval(() => {
      if (head === null) return
      const seconds = (performance.now() - headAt) / 1000
      if (seconds > limits.graceSeconds && length / seconds < limits.bytesPerSecondMin) stop('time')
    }, RATE_CHECK_MS)
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })

    lane.client.dispatch(
      { path: pathname + search, method: 'GET', headers: [...headers] },
      {
        onRequestStart(controller) {
          abort = (error) => controller.abort(error)
          if (ended) controller.abort(new Error('ended'))
        },
        onResponseStart(controller, status, _, reason) {
          if (status < 200 || ended) return // 1xx: the answer is still to come
          head = headOf(status, reason ?? '', controller.rawHeaders)
          headAt = performance.now()
          if (wanted !== undefined && !wanted(head)) stop('unwanted')
        },
        onResponseData(_, chunk) {
          if (ended) return
          const room = limits.bodySizeMax - length
          parts.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
          length += chunk.length
          if (chunk.length > room) stop('length')
        },
        onResponseEnd() {
          finish(answer(null))
        },
        onResponseError(_, error) {
          if (head !== null) finish(answer(isTimeout(error) ? 'time' : 'disconnect'))
          else finish(failureOf(error))
        },
      },
    )
  })
}

/** Header lines as undici hands them on: names and values alternately, as bytes. */
function headOf(status: number, reason: string, raw: unknown): ResponseHead {
  const lines = Array.isArray(raw) ? raw : []
  const rawHeaders = lines.map((part: unknown) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)))
  const fields = new Map<string, string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? ''
    if (!fields.has(name)) fields.set(name, rawHeaders[at + 1] ?? '')
  }
  return { status, reason, rawHeaders, fields }
}

/** All values of a header. */
export function headerValues({ rawHeaders }: ResponseHead, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
}

function failure(reason: Failure['reason'], message: string): Failure {
  return { kind: 'failure', reason, message }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function isTimeout(error: unknown): boolean {
  return /TIMEOUT|ETIMEDOUT/.test(codeOf(error))
}

function failureOf(error: unknown): Failure {
  const code = codeOf(error)
  const message = messageOf(error)
  if (error instanceof AddressRefused) return failure('address', message)
  if (/^(ENOTFOUND|EAI_|ENODATA)/.test(code)) return failure('dns', message)
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return failure('headers', message)
  if (isTimeout(error)) return failure('timeout', message)
  if (
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(
      code,
    )
  )
    return failure('connect', message)
  return failure('protocol', message)
}
