/** What bodies are, by the tables of WHATWG's MIME Sniffing, and whom the header's type convinces. */
import { describe, expect, it } from 'vitest'
import { essence, mayBePage, mimeType } from '../../../src/formats/warc/mime.js'

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

describe('mimeType', () => {
  const sniffed: readonly (readonly [body: string, type: string])[] = [
    ['<!DOCTYPE html><title>a</title>', 'text/html'],
    ['\n\t <HTML>', 'text/html'],
    ['\xef\xbb\xbf<html lang="en">', 'text/html'],
    ['<!-- a comment -->', 'text/html'],
    ['<p>a paragraph', 'text/html'],
    ['<?xml version="1.0"?><rss version="2.0">', 'application/rss+xml'],
    ['<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">', 'application/atom+xml'],
    ['<?xml version="1.0"?><note/>', 'text/xml'],
    ['%PDF-1.7\n%\xe2\xe3', 'application/pdf'],
    ['%!PS-Adobe-3.0', 'application/postscript'],
    ['\x89PNG\r\n\x1a\n\0\0', 'image/png'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['GIF89a', 'image/gif'],
    ['RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
    ['\0\0\x01\0', 'image/x-icon'],
    ['ID3\x04', 'audio/mpeg'],
    ['OggS\0', 'application/ogg'],
    ['\0\0\0\x18ftypmp42', 'video/mp4'],
    ['\x1a\x45\xdf\xa3', 'video/webm'],
    ['wOF2', 'font/woff2'],
    ['\x1f\x8b\x08\0', 'application/x-gzip'],
    ['PK\x03\x04', 'application/zip'],
    ['Plain words, nothing else.', 'text/plain'],
    ['\xff\xfea\0b\0', 'text/plain'],
    ['{"a": 1}', 'text/plain'],
    ['\x01\x02\x03\x04', 'application/octet-stream'],
    ['', 'text/plain'],
  ]

  it('tells by the bytes where the header says nothing', () => {
    for (const given of ['', '*/*', 'unknown/unknown', 'application/octet-stream', 'html', 'application/unknown; x=y'])
      for (const [body, type] of sniffed) expect(mimeType(given, bytes(body)), `${given} ${body}`).toBe(type)
  })

  it('doubts text/html where the bytes are plainly something else', () => {
    for (const [body, type] of sniffed) {
      const believed = type.startsWith('text/') || type === 'application/octet-stream'
      expect(mimeType('Text/HTML; charset=utf-8', bytes(body)), body).toBe(believed ? 'text/html' : type)
    }
  })

  it('finds pages sent as text or XML, and leaves what only mentions tags', () => {
    const xhtml = '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">'
    for (const given of ['text/plain', 'text/xml', 'application/xml']) {
      expect(mimeType(given, bytes('<!-- saved -->\n<!DOCTYPE html><html>'))).toBe('text/html')
      expect(mimeType(given, bytes(xhtml))).toBe('text/html')
      expect(mimeType(given, bytes('<p>in a text'))).toBe(given)
    }
  })

  it('believes the header in all else', () => {
    for (const given of ['application/pdf', 'image/svg+xml', 'application/json', 'text/css', 'text/javascript']) {
      expect(mimeType(given, bytes('<!DOCTYPE html>'))).toBe(given)
      expect(mayBePage(given)).toBe(false)
    }
    for (const given of ['', 'text/html', 'application/xhtml+xml;charset=x', 'text/plain', 'nonsense'])
      expect(mayBePage(given)).toBe(true)
  })

  it('takes time in proportion, whatever the body begins with', () => {
    for (const start of ['<', '<!--', '<?xml ', ' ', '<!-- -->'])
      expect(mimeType('', Buffer.alloc(2_000_000, start)).length).toBeGreaterThan(0)
  })
})

describe('essence', () => {
  it('is the type alone', () => {
    expect(essence(' Text/HTML ; charset=utf-8')).toBe('text/html')
    expect(essence('text/html, text/plain')).toBe('text/html')
    expect(essence('')).toBe('')
  })
})
