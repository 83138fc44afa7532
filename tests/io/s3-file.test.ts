import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ShardError } from '../../src/errors/errors.js'
import { expandPatterns, openInput } from '../../src/io/input-files.js'
import { openS3File } from '../../src/io/s3-file.js'
import { Random } from '../support/random.js'
import { cutOff, type S3Server, slowDown, startS3Server } from '../support/s3-server.js'

const bytes = Buffer.from(new Random(1).bytes(300_000))
const fast = { retryMs: 1, attemptsMax: 4, silenceMs: 300 }
let s3: S3Server

beforeAll(async () => {
  s3 = await startS3Server()
  process.env.AWS_ENDPOINT_URL = s3.address
  process.env.MILLRACE_S3_ANONYMOUS = '1'
})
afterAll(() => s3.close())
beforeEach(() => {
  s3.asked.length = 0
  s3.answers.length = 0
  s3.objects.clear()
  s3.objects.set('crawl/a.warc.gz', { bytes, etag: '"v1"' })
})

const equals = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

describe('openS3File', () => {
  it('tells the size and reads any range', async () => {
    const file = await openS3File('s3://crawl/a.warc.gz', 'a', fast)
    expect([file.sizeBytes, file.modified, file.name]).toEqual([bytes.length, '"v1"', 'a'])
    expect(equals(await file.read(1000, 200_000), bytes.subarray(1000, 201_000))).toBe(true)
    expect(equals(await file.read(bytes.length - 5, 100), bytes.subarray(-5))).toBe(true)
    expect(await file.read(bytes.length, 100)).toHaveLength(0)
    expect(s3.asked).toEqual([
      'HEAD /crawl/a.warc.gz',
      'GET /crawl/a.warc.gz bytes=1000-200999',
      `GET /crawl/a.warc.gz bytes=${bytes.length - 5}-${bytes.length - 1}`,
    ])
  })

  it('goes on at the byte where a connection broke', async () => {
    const file = await openS3File('s3://crawl/a.warc.gz', 'a', fast)
    s3.answers.push(cutOff, cutOff)
    expect(equals(await file.read(500, 90_000), bytes.subarray(500, 90_500))).toBe(true)
    const starts = s3.asked.slice(1).map((line) => Number(/bytes=(\d+)/.exec(line)?.[1]))
    expect(starts).toEqual([500, 30_500, 50_500])
  })

  it('waits for a server that asks to slow down, or says nothing, and gives up after some attempts', async () => {
    s3.answers.push(slowDown, null)
    const file = await openS3File('s3://crawl/a.warc.gz', 'a', fast)
    s3.answers.push(slowDown, () => {}, slowDown)
    expect(await file.read(0, 10)).toHaveLength(10)
    s3.answers.push(...Array(4).fill(slowDown))
    await expect(file.read(0, 10)).rejects.toThrow(/^s3:\/\/crawl\/a\.warc\.gz: gave up after 4 attempts: .*reduce/)
  })

  it('notices an object that changed, while it is read and before', async () => {
    const file = await openS3File('s3://crawl/a.warc.gz', 'a', fast)
    s3.objects.set('crawl/a.warc.gz', { bytes, etag: '"v2"' })
    await expect(file.read(0, 10)).rejects.toThrow(new ShardError('s3://crawl/a.warc.gz: changed while it was read'))
    await expect(openInput('s3://crawl/a.warc.gz', 'a', '"v1"')).rejects.toThrow(
      'changed since it was listed: expected "v1", got "v2"',
    )
  })

  it('refuses what is not there, at once', async () => {
    await expect(openS3File('s3://crawl/none', 'a', fast)).rejects.toBeInstanceOf(ShardError)
    await expect(openS3File('s3://crawl', 'a', fast)).rejects.toThrow('expected s3://BUCKET/KEY')
    expect(s3.asked).toHaveLength(1)
  })
})

describe('patterns of S3', () => {
  it('mean the objects whose keys match, from all pages of the listing', async () => {
    for (const key of ['2024/b.warc.gz', '2024/x/c.warc.gz', '2024/d.txt', '2025/e.warc.gz', '2024/']) {
      s3.objects.set(`crawl/${key}`, { bytes: Buffer.from(key), etag: `"${key}"` })
    }
    const names = async (pattern: string) => (await expandPatterns([pattern], '/')).map(({ name }) => name)
    expect(await names('s3://crawl/2024/*.warc.gz')).toEqual(['s3://crawl/2024/b.warc.gz'])
    expect(await names('s3://crawl/**/{b,c,e}.warc.gz')).toEqual([
      's3://crawl/2024/b.warc.gz',
      's3://crawl/2024/x/c.warc.gz',
      's3://crawl/2025/e.warc.gz',
    ])
    expect(await expandPatterns(['s3://crawl/2024/b*'], '/')).toEqual([
      {
        name: 's3://crawl/2024/b.warc.gz',
        path: 's3://crawl/2024/b.warc.gz',
        sizeBytes: 14,
        modified: '"2024/b.warc.gz"',
      },
    ])
    await expect(names('s3://crawl/2026/*')).rejects.toThrow('input: s3://crawl/2026/*: expected at least one object')
    await expect(names('s3://crawl/none.gz')).rejects.toThrow(/^input: s3:\/\/crawl\/none\.gz: /)
  })
})
