/**
 * What a body is, by its first bytes: MIME Sniffing (WHATWG, living standard, sections 6 and 7). Takes from it the patterns of
 * pages, feeds, PDF, PostScript, images, sound, video, fonts and archives, and where text ends and binary begins. Other than
 * there, a byte order mark before a page doesn't hide it, and a type that is given is doubted where the bytes are plainly
 * something else: a browser must not be led astray by a page, a corpus only wants to know what it is. Leaves out MP3 without ID3
 * and WebM, which need parsing; both are binary all the same.
 */

/** Bytes that are looked at: the standard's resource header. */
const HEADER_SIZE = 1445

/** Given so often without thought that it says nothing (section 5.1 and 7: unknown types; the rest are servers' defaults). */
const MEANINGLESS: ReadonlySet<string> = new Set([
  ...['', 'unknown/unknown', 'application/unknown', '*/*'],
  ...['application/octet-stream', 'binary/octet-stream', 'application/x-unknown', 'content/unknown', 'text/unknown'],
])
const HTML_TYPES: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml'])
/** Where a page may hide whose server knew no better. */
const PERHAPS_HTML: ReadonlySet<string> = new Set(['text/plain', 'text/xml', 'application/xml'])

/**
 * The type of a body, lower case, without parameters. Where the header's type says something and the bytes don't
 * contradict it, it is that.
 * @param contentType the header, '' when there was none
 */
export function mimeType(contentType: string, body: Uint8Array): string {
  const given = essence(contentType)
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, HEADER_SIZE))
  if (HTML_TYPES.has(given)) return binaryType(head) ?? feedType(head) ?? given
  if (MEANINGLESS.has(given) || !given.includes('/')) return sniff(head)
  return PERHAPS_HTML.has(given) && startsPage(head) ? 'text/html' : given
}

/** False for types of which no body makes a page, nor a text. */
export function mayBePage(contentType: string): boolean {
  const type = essence(contentType)
  return HTML_TYPES.has(type) || MEANINGLESS.has(type) || PERHAPS_HTML.has(type) || !type.includes('/')
}

/** `text/html` of `Text/HTML; charset=utf-8`; '' when there is nothing. */
export function essence(contentType: string): string {
  const end = contentType.search(/[;,]/)
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
}

export function isHtmlType(type: string): boolean {
  return HTML_TYPES.has(type)
}

const HTML_TAGS = '!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p'
/** Section 7.1, a tag, then a space or `>`; `meta` and `link`, which also begin pages, are ours. */
const HTML_START = new RegExp(
  `^(?:\\xef\\xbb\\xbf)?[\\t\\n\\f\\r ]*<(?:(?:${HTML_TAGS}|meta|link)[\\t\\n\\f\\r >]|!--|\\?xml[^<]{0,500}<html\\b)`,
  'i',
)
/** What only a page begins with, whatever it is called. Comments and an XML declaration may stand before it. */
const PAGE_START =
  /^(?:\xef\xbb\xbf)?[\t\n\f\r ]*(?:<\?xml[^<]{0,500}|<!--[^<>]{0,500}-->[\t\n\f\r ]*)?<(?:!doctype html|html)\b/i

/** Whether the first bytes are those of an HTML page. */
export function looksLikeHtml(body: Uint8Array): boolean {
  return HTML_START.test(latin1(body, HEADER_SIZE))
}

function startsPage(head: Buffer): boolean {
  return PAGE_START.test(latin1(head, HEADER_SIZE))
}

/** Section 7.1. */
function sniff(head: Buffer): string {
  if (looksLikeHtml(head)) return 'text/html'
  const feed = feedType(head)
  if (feed) return feed
  if (/^[\t\n\f\r ]*<\?xml/.test(latin1(head, 64))) return 'text/xml'
  const binary = binaryType(head)
  if (binary) return binary
  return isBinary(head) ? 'application/octet-stream' : 'text/plain'
}

/** Section 7.3, rules for feeds: the first element behind declarations and comments. */
function feedType(head: Buffer): string | null {
  const text = latin1(head, 512)
  if (!/^(?:\xef\xbb\xbf)?[\t\n\f\r ]*<(?:\?xml|rss|feed|rdf:)/i.test(text)) return null
  const element = /<(rss|feed|rdf:RDF)\b/.exec(text)?.[1]
  if (element === 'feed') return 'application/atom+xml'
  return element ? 'application/rss+xml' : null
}

/** Sections 6.1 to 6.3 and 7.1: bytes that a file of the type begins with; a dot stands for any. */
const SIGNATURES: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/^%PDF-/, 'application/pdf'],
  [/^%!PS-Adobe-/, 'application/postscript'],
  [/^\x89PNG\r\n\x1a\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF.{4}WEBPVP/s, 'image/webp'],
  [/^BM.{4}\0\0\0\0/s, 'image/bmp'],
  [/^\0\0[\x01\x02]\0/, 'image/x-icon'],
  [/^FORM.{4}AIFF/s, 'audio/aiff'],
  [/^ID3/, 'audio/mpeg'],
  [/^OggS\0/, 'application/ogg'],
  [/^MThd\0\0\0\x06/, 'audio/midi'],
  [/^RIFF.{4}AVI /s, 'video/avi'],
  [/^RIFF.{4}WAVE/s, 'audio/wave'],
  [/^.{4}ftyp(?:mp4|isom|M4V)/s, 'video/mp4'],
  [/^\x1a\x45\xdf\xa3/, 'video/webm'],
  [/^wOFF/, 'font/woff'],
  [/^wOF2/, 'font/woff2'],
  [/^OTTO/, 'font/otf'],
  [/^\0\x01\0\0/, 'font/ttf'],
  [/^\x1f\x8b\x08/, 'application/x-gzip'],
  [/^PK\x03\x04/, 'application/zip'],
  [/^Rar!\x1a\x07/, 'application/x-rar-compressed'],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, 'application/x-ole-storage'],
  [/^7z\xbc\xaf\x27\x1c/, 'application/x-7z-compressed'],
]

function binaryType(head: Buffer): string | null {
  const text = latin1(head, 16)
  for (const [pattern, type] of SIGNATURES) if (pattern.test(text)) return type
  return null
}

/** Section 3, binary data bytes: controls that no text has. UTF-16 with its mark is text. */
function isBinary(head: Buffer): boolean {
  const text = latin1(head, HEADER_SIZE)
  if (/^(?:\xfe\xff|\xff\xfe)/.test(text)) return false
  return /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]/.test(text)
}

function latin1(bytes: Uint8Array, count: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', 0, count)
}
