/**
 * Sitemaps (sitemaps.org protocol 0.9): URL sets, indexes, and plain text with a URL a line; gzip by its first bytes, whatever
 * the name says. Broken XML gives what stood before the damage. Leaves out lastmod, changefreq, priority, and feeds.
 */
import { constants, gunzipSync } from 'node:zlib'
import { SaxesParser } from 'saxes'

/** Of one sitemap without gzip (the protocol's limit). */
export const SITEMAP_SIZE_MAX = 50 * 1024 * 1024
/** The protocol's limit, for one file. */
const LOCATIONS_MAX = 50_000

export interface Sitemap {
  /** `index`: the locations are sitemaps themselves. */
  readonly kind: 'index' | 'pages'
  /** As written. */
  readonly locations: readonly string[]
}

/** @returns null for what is neither XML of a sitemap nor a list of URLs, or inflates beyond the limit */
export function parseSitemap(body: Uint8Array): Sitemap | null {
  const bytes = inflated(body)
  if (bytes === null) return null
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\ufeff/, '')
  return /^\s*</.test(text) ? fromXml(text) : fromText(text)
}

function inflated(body: Uint8Array): Uint8Array | null {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body.length > SITEMAP_SIZE_MAX ? null : body
  try {
    return gunzipSync(body, { maxOutputLength: SITEMAP_SIZE_MAX, finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return null // a bomb, or no gzip after all
  }
}

function fromText(text: string): Sitemap | null {
  const lines = text.split(/\r\n|\r|\n/, LOCATIONS_MAX).map((line) => line.trim())
  const locations = lines.filter((line) => /^https?:\/\//i.test(line))
  return locations.length === 0 ? null : { kind: 'pages', locations }
}

function fromXml(text: string): Sitemap | null {
  const parser = new SaxesParser()
  const locations: string[] = []
  let root = ''
  let depth = 0
  let location: string | null = null
  let ended = false
  parser.on('error', () => {
    ended = true
  })
  parser.on('opentag', ({ name }) => {
    const local = localName(name)
    depth++
    if (depth === 1) root = local
    // The depth tells a page's own location from those of its images and videos.
    if (depth === 3 && local === 'loc') location = ''
  })
  parser.on('text', (part) => {
    if (location !== null) location += part
  })
  parser.on('cdata', (part) => {
    if (location !== null) location += part
  })
  parser.on('closetag', () => {
    depth--
    if (location === null || ended || depth !== 2) return
    if (locations.length < LOCATIONS_MAX) locations.push(location.trim())
    location = null
  })
  // By pieces, so that what comes behind damage is not gone through for nothing.
  for (let at = 0; at < text.length && !ended; at += PIECE) parser.write(text.slice(at, at + PIECE))
  if (root === 'sitemapindex') return { kind: 'index', locations }
  return root === 'urlset' ? { kind: 'pages', locations } : null
}

const PIECE = 64 * 1024

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase()
}
