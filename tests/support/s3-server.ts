/** A server on loopback that speaks as much of S3's REST API as reading takes, and misbehaves as told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface S3Server {
  readonly address: string
  /** Objects by `BUCKET/KEY`. */
  readonly objects: Map<string, { readonly bytes: Buffer; readonly etag: string }>
  /** `METHOD path range`, in order. */
  readonly asked: string[]
  /** How the next requests are answered: the first that is left is taken off. Null: as S3 does. */
  readonly answers: (Answer | null)[]
  close(): Promise<void>
}

export type Answer = (request: IncomingMessage, response: ServerResponse, sound: () => void) => void

/** Keys in a page of a listing. */
const PAGE_KEYS = 2

export const slowDown: Answer = (_, response) =>
  errorReply(response, 503, 'SlowDown', 'Please reduce your request rate.')

/** Sends the beginning of the body that it should, then drops the connection. */
export const cutOff: Answer = (_, response, sound) => {
  const { end } = response
  response.end = ((body?: Buffer) => {
    response.end = end
    if (body === undefined) return response.destroy() // a HEAD request
    response.write(body.subarray(0, Math.ceil(body.length / 3)), () => setTimeout(() => response.destroy(), 5))
    return response
  }) as typeof end // called with a body below
  sound()
}

export async function startS3Server(): Promise<S3Server> {
  const objects: S3Server['objects'] = new Map()
  const asked: string[] = []
  const answers: (Answer | null)[] = []
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.replace(/[?&]x-id=\w+/, '')} ${request.headers.range ?? ''}`.trim())
    const sound = () => reply(objects, request, response)
    const answer = answers.shift()
    if (answer) answer(request, response, sound)
    else sound()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listening on TCP
    objects,
    asked,
    answers,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function reply(objects: S3Server['objects'], request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://loopback')
  const path = decodeURIComponent(url.pathname.slice(1))
  const object = objects.get(path)
  const wanted = request.headers['if-match'] ?? object?.etag
  if (url.searchParams.get('list-type') === '2') listing(objects, path.replace(/\/$/, ''), url, response)
  else if (object === undefined) errorReply(response, 404, 'NoSuchKey', 'The specified key does not exist.')
  else if (wanted !== object.etag) errorReply(response, 412, 'PreconditionFailed', 'Changed.')
  else replyObject(object, request, response)
}

type StoredObject = { readonly bytes: Buffer; readonly etag: string }

function replyObject({ bytes, etag }: StoredObject, request: IncomingMessage, response: ServerResponse): void {
  const headers = { etag, 'last-modified': 'Tue, 02 Jan 2024 00:00:00 GMT', 'accept-ranges': 'bytes' }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
  if (request.method === 'HEAD') {
    response.writeHead(200, { ...headers, 'content-length': bytes.length }).end()
    return
  }
  const start = Number(from ?? 0)
  const end = Math.min(Number(to ?? bytes.length - 1), bytes.length - 1)
  const content = bytes.subarray(start, end + 1)
  const range = { 'content-range': `bytes ${start}-${end}/${bytes.length}`, 'content-length': content.length }
  response.writeHead(206, { ...headers, ...range })
  response.end(content)
}

function listing(objects: S3Server['objects'], bucket: string, url: URL, response: ServerResponse): void {
  const prefix = `${bucket}/${url.searchParams.get('prefix') ?? ''}`
  const after = url.searchParams.get('continuation-token') ?? ''
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
  const page = keys.slice(0, PAGE_KEYS)
  const isCut = keys.length > page.length
  const contents = page.map((key) => {
    const { bytes, etag } = objects.get(key) ?? { bytes: Buffer.alloc(0), etag: '' }
    const name = key.slice(bucket.length + 1)
    return `<Contents><Key>${name}</Key><ETag>${etag.replaceAll('"', '&quot;')}</ETag><Size>${bytes.length}</Size></Contents>`
  })
  const next = isCut ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  const body = `<ListBucketResult><IsTruncated>${isCut}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`
  response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0" encoding="UTF-8"?>${body}`)
}

function errorReply(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`)
}
