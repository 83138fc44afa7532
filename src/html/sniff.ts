/** Whether a response is an HTML page. WHATWG MIME Sniffing Standard, section 7.1, in the part that concerns HTML. */

/** Types that say nothing, or lie often enough to look at the bytes. */
const UNKNOWN = new Set([
  '',
  'application/octet-stream',
  'unknown/unknown',
  'application/unknown',
  '*/*',
  'text/xml',
  'application/xml',
])

const STARTS =
  /^(?:<!doctype html|<(?:html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta)[\s>]|<!--)/i
const HEAD_SIZE = 1024

/** `contentType` is the header's value or ''; `body` its first bytes or characters (512 or more are best). */
export function looksLikeHtml(contentType: string, body: Uint8Array | string): boolean {
  const type = mediaType(contentType)
  if (type === 'text/html' || type === 'application/xhtml+xml') return true
  if (!UNKNOWN.has(type)) return false
  const head = headOf(body).trimStart()
  if (!head.startsWith('<?xml')) return STARTS.test(head)
  return /<!doctype html|<html[\s>]/i.test(head)
}

/** `text/html; charset=x` is `text/html`. */
export function mediaType(contentType: string): string {
  const end = contentType.search(/[;,]/)
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
}

function headOf(body: Uint8Array | string): string {
  const head = typeof body === 'string' ? body.slice(0, HEAD_SIZE) : latin1(body.subarray(0, HEAD_SIZE))
  return head.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '')
}

/** A byte a character; the zeros of UTF-16 fall away, so that its markup reads as ASCII too. */
function latin1(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) if (byte !== 0 && byte < 0xfe) out += String.fromCharCode(byte)
  return out
}
