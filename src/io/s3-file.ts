/**
 * Objects behind s3://BUCKET/KEY, read by byte ranges through the AWS SDK, and listed by globs over their keys. Credentials,
 * region and endpoint are what the SDK finds (AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, …); with
 * MILLRACE_S3_ANONYMOUS=1 requests are not signed, for public buckets. An object that changes while it is read is an error.
 */
import type { Readable } from 'node:stream'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { messageOf, ShardError } from '../errors/errors.js'
import { type FolderEntry, GLOB_CHARACTER, walk } from './glob.js'
import { type HttpFile, type HttpOptions, RETRIED } from './http-file.js'
import { retryAfterMs } from './json-endpoint.js'
import { PassingError, retried } from './retry.js'

export interface S3Object {
  /** As s3://BUCKET/KEY. */
  readonly url: string
  readonly sizeBytes: number
  readonly etag: string
}

const DEFAULTS: Required<HttpOptions> = { attemptsMax: 6, retryMs: 500, silenceMs: 60_000 }

/** Throws ShardError for an object that can't be had. */
export async function openS3File(url: string, name: string, given: HttpOptions = {}): Promise<HttpFile> {
  const options = { ...DEFAULTS, ...given }
  const { bucket, key } = placeOf(url)
  const head = await sent(url, options, (abortSignal) =>
    client().send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal }),
  )
  const sizeBytes = head.ContentLength ?? 0
  const etag = head.ETag ?? ''
  return {
    name,
    sizeBytes,
    modified: etag,
    read: (offset, lengthBytes) =>
      readRange(url, etag, offset, Math.max(0, Math.min(lengthBytes, sizeBytes - offset)), options),
    close: async () => {},
  }
}

/** Goes on where a connection broke. */
async function readRange(
  url: string,
  etag: string,
  offset: number,
  lengthBytes: number,
  options: Required<HttpOptions>,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(lengthBytes)
  if (lengthBytes === 0) return bytes
  const { bucket, key } = placeOf(url)
  const whole = { Bucket: bucket, Key: key, ...(etag === '' ? {} : { IfMatch: etag }) }
  let filled = 0
  await sent(
    url,
    options,
    async (abortSignal, sign) => {
      const start = offset + filled
      const Range = `bytes=${start}-${offset + lengthBytes - 1}`
      const { Body, ContentRange } = await client().send(new GetObjectCommand({ ...whole, Range }), { abortSignal })
      if (!ContentRange?.startsWith(`bytes ${start}-`))
        throw new ShardError(`${url}:${start}: expected bytes from there, got '${ContentRange ?? 'the whole object'}'`)
      const body = Body as unknown as Readable & AsyncIterable<Buffer> // in Node a stream of bytes
      abortSignal.addEventListener('abort', () => body.destroy())
      for await (const piece of body) {
        sign()
        if (filled + piece.length > lengthBytes) throw new ShardError(`${url}:${start}: got more bytes than asked`)
        filled += piece.copy(bytes, filled)
      }
      if (filled < lengthBytes) throw new Error(`expected ${lengthBytes} bytes, got ${filled}`)
    },
    () => filled,
  )
  return bytes
}

/** The objects that a glob means, in the order of their keys. Throws ShardError where the bucket can't be listed. */
export async function listS3(pattern: string, given: HttpOptions = {}): Promise<S3Object[]> {
  const { bucket, key } = placeOf(pattern)
  const fixed = key.slice(0, key.search(GLOB_CHARACTER))
  const folders = new Map<string, Map<string, FolderEntry>>()
  const found = new Map<string, S3Object>()
  let ContinuationToken: string | undefined
  do {
    const input = { Bucket: bucket, Prefix: fixed, ...(ContinuationToken === undefined ? {} : { ContinuationToken }) }
    const page = await sent(pattern, { ...DEFAULTS, ...given }, (abortSignal) =>
      client().send(new ListObjectsV2Command(input), { abortSignal }),
    )
    for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? []) {
      if (Key === '' || Key.endsWith('/')) continue // stands for a folder
      found.set(Key, { url: `s3://${bucket}/${Key}`, sizeBytes: Size, etag: ETag })
      addKey(folders, Key)
    }
    ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined
  } while (ContinuationToken !== undefined)
  const list = (folder: string[]) => [...(folders.get(folder.join('/'))?.values() ?? [])]
  return walk([], key.split('/').filter(Boolean), list).flatMap((names) => found.get(names.join('/')) ?? [])
}

function addKey(folders: Map<string, Map<string, FolderEntry>>, key: string): void {
  const names = key.split('/')
  for (let i = 0; i < names.length; i++) {
    const folder = names.slice(0, i).join('/')
    const entries = folders.get(folder) ?? new Map<string, FolderEntry>()
    folders.set(folder, entries)
    entries.set(names[i], { name: names[i], isFolder: i < names.length - 1 })
  }
}

function placeOf(url: string): { bucket: string; key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(url) ?? []
  if (bucket === undefined || key === undefined) throw new ShardError(`${url}: expected s3://BUCKET/KEY`)
  return { bucket, key }
}

// ---- requests ----

/** Sends, again where that may help. The attempt is stopped when it gives no sign of life. */
async function sent<T>(
  url: string,
  options: Required<HttpOptions>,
  attempt: (signal: AbortSignal, sign: () => void) => Promise<T>,
  progress?: () => number,
): Promise<T> {
  const once = async () => {
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(), options.silenceMs)
    try {
      return await attempt(silence.signal, () => void timer.refresh())
    } catch (error) {
      throw silence.signal.aborted ? new Error(`nothing came for ${options.silenceMs} ms`) : errorOf(url, error)
    } finally {
      clearTimeout(timer)
    }
  }
  return retried(url, options, once, progress)
}

/** An error of the SDK as one that passes or one that does not. */
function errorOf(url: string, error: unknown): Error {
  if (error instanceof ShardError || !(error instanceof Error)) return new ShardError(messageOf(error))
  const { $metadata, $response } = error as Error & {
    $metadata?: { httpStatusCode?: number }
    $response?: { headers?: Record<string, string> }
  } // as the SDK's errors are; what others lack is undefined
  const status = $metadata?.httpStatusCode
  if (status === 412 || status === 416) return new ShardError(`${url}: changed while it was read`)
  if (error.name === 'CredentialsProviderError')
    return new ShardError(`${url}: ${error.message}; MILLRACE_S3_ANONYMOUS=1 reads public buckets without`)
  const message = `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`
  if (status === undefined ? /^(Region|Invalid|Cannot)/.test(error.message) : !RETRIED.has(status) && status >= 300)
    return new ShardError(`${url}: ${message}${status === undefined ? '' : ` (status ${status})`}`)
  return new PassingError(message, retryAfterMs($response?.headers?.['retry-after'], Date.now()))
}

let shared: S3Client | undefined

/** One for the thread: it keeps connections open. */
function client(): S3Client {
  if (shared !== undefined) return shared
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_DEFAULT_REGION, MILLRACE_S3_ANONYMOUS } = process.env
  const common: S3ClientConfig = {
    maxAttempts: 1, // retried here, from the byte where it stopped
    // Other stores than Amazon's seldom have a host name for every bucket.
    forcePathStyle: (AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined,
    followRegionRedirects: true,
    responseChecksumValidation: 'WHEN_REQUIRED',
  }
  const isAnonymous = MILLRACE_S3_ANONYMOUS === '1'
  shared = new S3Client(
    isAnonymous
      ? {
          ...common,
          region: AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1',
          credentials: { accessKeyId: 'anonymous', secretAccessKey: 'anonymous' },
          signer: { sign: async (request) => request },
        }
      : common,
  )
  return shared
}
