/**
 * Bytes of a page to a string. WHATWG Encoding Standard and HTML Living Standard, section 13.2.3 (determining the character
 * encoding): byte order mark, then the `charset` of the Content-Type header, then `<meta>` or the XML declaration in the
 * first bytes. Without any of them: UTF-8 if the bytes are, else a guess by script (`guessEncoding`), else windows-1252.
 * The bytes have a say against what is declared, as declarations are often those of a template or a proxy: UTF-8 beyond
 * ASCII is UTF-8, and what is declared as UTF-8 but has more malformed sequences than sound ones is guessed at.
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
  const wide = wideEncoding(bytes)
  if (wide !== null) return wide
  const declared = declaredEncoding(bytes, contentType)
  if (isUtf8(bytes)) return declared === null || declared === 'utf-8' || !isAscii(bytes) ? 'utf-8' : declared
  if (declared === null || (declared === 'utf-8' && !isMostlyUtf8(bytes))) return guessEncoding(bytes)
  return declared.startsWith('utf-16') ? guessEncoding(bytes) : declared
}

const SAMPLE_SIZE = 65_536

/** Whether sound sequences of several bytes outnumber malformed ones: a page in UTF-8 that a cut or a stray byte has damaged. */
function isMostlyUtf8(bytes: Buffer): boolean {
  let sound = 0
  let malformed = 0
  for (let i = 0; i < bytes.length && sound + malformed < SAMPLE_SIZE; i++) {
    const lead = bytes[i] ?? 0
    if (lead < 0x80) continue
    const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 0
    let at = 0
    while (at < length && ((bytes[i + at + 1] ?? 0) & 0xc0) === 0x80) at++
    if (length > 0 && at === length) sound++
    else malformed++
    i += at
  }
  return sound > malformed
}

/** UTF-16 without a mark: the page begins with ASCII of which every other byte is zero. */
function wideEncoding(bytes: Buffer): string | null {
  if (bytes.length < WIDE_LENGTH_MIN) return null
  const zeros = [0, 0]
  const end = Math.min(bytes.length, WIDE_LENGTH) & ~1
  for (let i = 0; i < end; i++) if (bytes[i] === 0) zeros[i & 1] = (zeros[i & 1] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  if (odd > 0.35 * end && even === 0) return 'utf-16le'
  return even > 0.35 * end && odd === 0 ? 'utf-16be' : null
}
const WIDE_LENGTH_MIN = 16
const WIDE_LENGTH = 64

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

/** The encoding that `<meta>` or an XML declaration in the page's first bytes names (13.2.3.2, prescan). */
function prescan(bytes: Buffer): string | null {
  let at = 0
  while (at < bytes.length) {
    at = bytes.indexOf(LESS, at)
    if (at < 0) break
    const next = (bytes[at + 1] ?? 0) | 0x20
    if (startsWith(bytes, at, '<!--')) {
      const close = bytes.indexOf('-->', at + 2)
      if (close < 0) break
      at = close + 3
    } else if (next >= 0x61 && next <= 0x7a) {
      const end = tagEnd(bytes, at + 1)
      if (startsWith(bytes, at, '<meta') && isNameEnd(bytes[at + 5] ?? 0)) {
        const encoding = encodingOfMeta(metaCharset(bytes, at + 5, end))
        if (encoding !== null) return encoding
      }
      at = end + 1
    } else at++
  }
  const xml = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']/.exec(bytes.toString('latin1', 0, 256))
  return encodingOfMeta(xml?.[1] ?? '')
}

/** A page that can be read as ASCII up to its meta is not in UTF-16, whatever it says; and user-defined means Western. */
function encodingOfMeta(label: string): string | null {
  if (label.trim().toLowerCase() === 'x-user-defined') return 'windows-1252'
  const encoding = encodingOfLabel(label)
  return encoding?.startsWith('utf-16') ? 'utf-8' : encoding
}

const LESS = 0x3c

/** Whether ASCII letters of any case stand there; `text` in lower case. */
function startsWith(bytes: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = bytes[at + i] ?? 0
    if ((code >= 65 && code <= 90 ? code | 0x20 : code) !== text.charCodeAt(i)) return false
  }
  return true
}

function isNameEnd(code: number): boolean {
  return code === 0x2f || (code <= 0x20 && code > 0)
}

/** Where the tag that begins at `at` ends, quoted values passed over. */
function tagEnd(bytes: Buffer, at: number): number {
  cursor.start(bytes, at, bytes.length)
  return cursor.skipTag()
}

function metaCharset(head: Buffer, from: number, to: number): string {
  cursor.start(head, from, to)
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
