/**
 * Bytes of a page to a string. WHATWG Encoding Standard and HTML Living Standard, section 13.2.3 (determining the character
 * encoding): byte order mark, then the `charset` of the Content-Type header, then `<meta>` or the XML declaration in the
 * first bytes. Without any of them: UTF-8 if the bytes are, else a guess by script (`guessEncoding`), else windows-1252.
 */
import { Buffer, isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { AttributeCursor } from './attributes.js'
import { guessEncoding } from './guess-encoding.js'
import { readWindows1252 } from './windows-1252.js'

/** Browsers look at 1,024 bytes; pages in the wild put long scripts and comments in front. */
const PRESCAN_SIZE = 4096

export interface PageSource {
  /** In UTF-8 without a byte order mark, perhaps malformed; or decoded, where it was in anything else. */
  readonly page: Uint8Array | string
  /** Canonical name, as TextDecoder gives it. */
  readonly encoding: string
}

/**
 * Reads a page, and leaves UTF-8 undecoded: markup is ASCII, most text is thrown away, and decoding whole pages costs as
 * much as all the rest of extraction. What is kept is decoded by `FlatTree.slice`.
 */
export function openPage(body: Uint8Array, contentType: string): PageSource {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const encoding = encodingOf(bytes, contentType)
  return { page: encoding === 'utf-8' ? bytes.subarray(markLength(bytes)) : decode(bytes, encoding), encoding }
}

/** Decodes a whole page; malformed sequences become U+FFFD, never an error. */
export function decodePage(body: Uint8Array, contentType: string): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return decode(bytes, encodingOf(bytes, contentType))
}

function encodingOf(bytes: Buffer, contentType: string): string {
  const mark = byteOrderMark(bytes)
  if (mark !== null) return mark
  const declared = declaredEncoding(bytes, contentType)
  if (declared === 'utf-8') return declared
  // The one departure from the standard: bytes that are UTF-8 beyond ASCII are hardly ever anything else, whatever a server
  // that converts pages, or a template that was converted, still says.
  const isUtf16 = declared?.startsWith('utf-16') ?? false
  if (!isUtf16 && isUtf8(bytes) && (declared === null || !isAscii(bytes))) return 'utf-8'
  return declared ?? guessEncoding(bytes)
}

function markLength(bytes: Buffer): number {
  return byteOrderMark(bytes) === 'utf-8' ? 3 : 0
}

function byteOrderMark(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : null
}

function declaredEncoding(bytes: Buffer, contentType: string): string | null {
  return encodingOfLabel(charsetParameter(contentType)) ?? prescan(bytes.subarray(0, PRESCAN_SIZE))
}

/** The `charset` parameter of a Content-Type value, '' when there is none. */
export function charsetParameter(contentType: string): string {
  return /charset\s*=\s*["']?\s*([^\s"';,>]{1,40})/i.exec(contentType)?.[1] ?? ''
}

const decoders = new Map<string, TextDecoder | null>()
/** Labels come from pages: their number is bounded. */
const DECODERS_MAX = 256

function decoderOf(label: string): TextDecoder | null {
  const key = label.trim().toLowerCase()
  const known = decoders.get(key)
  if (known !== undefined) return known
  if (decoders.size >= DECODERS_MAX) decoders.clear()
  let decoder: TextDecoder | null = null
  try {
    decoder = key === '' ? null : new TextDecoder(key)
  } catch {
    // a RangeError: no label of any encoding, which is an answer
  }
  decoders.set(key, decoder)
  return decoder
}

/** Canonical name of the encoding that a label stands for; null for no label or an unknown one. */
export function encodingOfLabel(label: string): string | null {
  return decoderOf(label)?.encoding ?? null
}

const cursor = new AttributeCursor()

/** The encoding that `<meta>` or an XML declaration in the page's first characters names. */
function prescan(bytes: Buffer): string | null {
  const head = bytes.toString('latin1')
  const xml = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']/.exec(head)
  const lower = head.toLowerCase()
  let at = 0
  for (;;) {
    const meta = lower.indexOf('<meta', at)
    if (meta < 0) break
    const comment = lower.indexOf('<!--', at)
    if (comment >= 0 && comment < meta) {
      const close = lower.indexOf('-->', comment + 4)
      if (close < 0) break
      at = close + 3
      continue
    }
    const label = metaCharset(bytes, meta + 5)
    const encoding = label === '' ? null : encodingOfLabel(label)
    // A page that can be read as ASCII up to here is not in UTF-16, whatever it says (13.2.3.2).
    if (encoding !== null) return encoding.startsWith('utf-16') ? 'utf-8' : encoding
    at = meta + 5
  }
  const declared = xml?.[1] === undefined ? null : encodingOfLabel(xml[1])
  return declared?.startsWith('utf-16') ? 'utf-8' : declared
}

function metaCharset(head: Buffer, from: number): string {
  const to = head.indexOf(0x3e, from)
  cursor.start(head, from, to < 0 ? head.length : to)
  let isContentType = false
  let content = ''
  while (cursor.next()) {
    if (cursor.isNamed('charset')) return cursor.slice(40)
    if (cursor.isNamed('http-equiv')) isContentType = cursor.slice(40).trim().toLowerCase() === 'content-type'
    else if (cursor.isNamed('content')) content = cursor.slice(200)
  }
  return isContentType ? charsetParameter(content) : ''
}

/** `encoding` is a canonical name. Buffer's decoders are several times as fast as TextDecoder where they apply. */
function decode(bytes: Buffer, encoding: string): string {
  if (encoding === 'utf-8') {
    if (isAscii(bytes)) return bytes.toString('latin1')
    return bytes.toString('utf8', markLength(bytes))
  }
  if (encoding === 'windows-1252') return readWindows1252(bytes.toString('latin1'))
  return decoderOf(encoding)?.decode(bytes) ?? bytes.toString('latin1')
}
