/** Keys and values of the frontier's store as bytes. */
import { hash } from 'node:crypto'
import type { QueuedUrl, TakenUrl } from './frontier-values.js'

const KIND_SITEMAP = 1
const IS_SEED = 2

/** Flags, attempts, redirects; then the URL, which is ASCII. */
export function writeEntry({ url, kind, isSeed, attempts, redirects }: QueuedUrl): Buffer {
  const value = Buffer.allocUnsafe(3 + url.length)
  value[0] = (kind === 'sitemap' ? KIND_SITEMAP : 0) | (isSeed ? IS_SEED : 0)
  value[1] = attempts
  value[2] = redirects
  value.write(url, 3, 'latin1')
  return value
}

export function readEntry(host: number, key: Buffer, value: Buffer): TakenUrl {
  const flags = value.readUInt8(0)
  return {
    host,
    key,
    url: value.toString('latin1', 3),
    kind: (flags & KIND_SITEMAP) !== 0 ? 'sitemap' : 'page',
    isSeed: (flags & IS_SEED) !== 0,
    priority: key.readUInt8(4),
    depth: key.readUInt16BE(5),
    attempts: value.readUInt8(1),
    redirects: value.readUInt8(2),
  }
}

export function hostKey(host: number): Buffer {
  const key = Buffer.alloc(4)
  key.writeUInt32BE(host)
  return key
}

export function keyText(key: Buffer): string {
  return key.toString('latin1')
}

/** The host, and 128 bits of the URL's SHA-256: among 10 million URLs, two share one with a chance of 1 in 10²⁴. */
export function urlKey(host: number, url: string): Buffer {
  const key = Buffer.allocUnsafe(20)
  key.writeUInt32BE(host)
  hash('sha256', url, 'buffer').copy(key, 4, 0, 16)
  return key
}

export function roundMark(round: number): Buffer {
  const mark = Buffer.alloc(2)
  mark.writeUInt16BE(round & 0xffff)
  return mark
}

/** Host, priority, depth, number: the order in which a host's URLs are handed out. */
export function queueKey(host: number, { priority, depth }: QueuedUrl, number: number): Buffer {
  const key = Buffer.allocUnsafe(13)
  key.writeUInt32BE(host, 0)
  key.writeUInt8(priority, 4)
  key.writeUInt16BE(Math.min(depth, 0xffff), 5)
  key.writeUIntBE(number, 7, 6)
  return key
}
