/**
 * Packs samples/pages/ into samples/crawl-00.warc.gz and so on, as a polite crawler would have written them:
 * WARC/1.0 (ISO 28500:2009), one gzip member (RFC 1952) a record, a warcinfo first, then request and response pairs.
 *
 *   node scripts/pack-samples.js [--output FOLDER]
 *
 * A folder of pages is a site. Its layout.html holds what all its pages share (menus, notices, footers), the other files hold one
 * page each: front matter in YAML, then the content in Markdown with HTML inside. What the front matter says under `has`, `lacks` and
 * `metadata` is for tests/html/samples.test.ts. Every date, identifier and header is made from the files, so that the same pages give
 * the same records. The compressed bytes depend on the zlib build as well; Node 20 and 24 agree.
 *
 * A payload digest covers all that follows the HTTP head, chunk framing included: that is how Heritrix, wget and warcio count it.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, crc32, deflateRawSync } from 'node:zlib'
import { parse as parseYaml } from 'yaml'

const samples = resolve(dirname(fileURLToPath(import.meta.url)), '../samples')
const crawlStart = Date.UTC(2026, 2, 14, 6, 0, 0)
const secondsBetweenFetches = 7

/** Writes all crawl files to `output`. */
function main(output) {
  mkdirSync(output, { recursive: true })
  const sites = readSites(join(samples, 'pages'))
  for (const crawl of new Set(sites.map((site) => site.crawl).sort())) {
    const name = `crawl-0${crawl}.warc.gz`
    const captures = sites.filter((site) => site.crawl === crawl).flatMap(siteCaptures)
    const records = [
      warcinfoRecord(name),
      ...captures.flatMap((capture, index) => captureRecords(capture, crawl, index)),
    ]
    const bytes = Buffer.concat(records.map(gzipMember))
    writeFileSync(join(output, name), bytes)
    process.stdout.write(`${name}: ${captures.length} captures, ${records.length} records, ${bytes.length} bytes\n`)
  }
}

// Pages ------------------------------------------------------------------------------------------------------------------------

/** All sites in the order of their folders: `{ host, crawl, server, lang, layout, pages }`. */
function readSites(folder) {
  return readdirSync(folder)
    .sort()
    .map((host) => {
      const { fields, content } = readFrontMatter(join(folder, host, 'layout.html'))
      const files = readdirSync(join(folder, host)).sort()
      const pages = files
        .filter((file) => file !== 'layout.html')
        .map((file) => {
          const page = readFrontMatter(join(folder, host, file))
          return { ...page.fields, content: page.content }
        })
      return { host, server: 'nginx', lang: 'en', ...fields, layout: content, pages }
    })
}

/** Splits `---\nYAML\n---\ncontent`. */
function readFrontMatter(file) {
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n')
  const match = /^---\n([\s\S]*?)\n---\n/.exec(text)
  if (!match) throw new Error(`${file}: expected front matter between lines of ---`)
  return { fields: parseYaml(match[1], { schema: 'core' }), content: text.slice(match[0].length).trim() }
}

/** One capture a URL: the page's own, and those under `again`, which were answered with the same page. */
function siteCaptures(site) {
  return site.pages.flatMap((page) => {
    const body = pageBody(site, page)
    const first = { site, page, body, url: page.url, revisit: false }
    const others = (page.again ?? []).map((again) => ({ ...first, ...again, first }))
    return [first, ...others]
  })
}

/** The bytes of a page before any content or transfer encoding. */
function pageBody(site, page) {
  if (page.base64) return Buffer.from(page.base64, 'base64')
  if (page.contentType) return Buffer.from(`${page.content}\n`, 'latin1')
  const html = page.layout === 'none' ? page.content : fillLayout(site, page)
  return encode(`${html}\n`, page.charset ?? 'utf-8')
}

/** Puts a page's fields, its content (what stands below `<!-- after -->` elsewhere) and links to other pages into the layout. */
function fillLayout(site, page) {
  const [content, after = ''] = page.content.split('\n\n<!-- after -->\n\n')
  const charset = page.charset ?? 'utf-8'
  const related = site.pages
    .filter((other) => other !== page && other.title && !other.contentType && !other.unlisted)
    .slice(0, 6)
    .map((other) => `<li><a href="${escapeHtml(new URL(other.url).pathname)}">${escapeHtml(other.title)}</a></li>`)
    .join('\n')
  const values = {
    ...Object.fromEntries(Object.entries(page).map(([key, value]) => [key, escapeHtml(String(value))])),
    body: markdownToHtml(content),
    after: markdownToHtml(after),
    related,
    lang: page.lang ?? site.lang,
    metaCharset: ['header', 'none'].includes(page.declared) ? '' : `<meta charset="${page.metaLabel ?? charset}">`,
  }
  return site.layout.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name] ?? '')
}

/** Paragraphs, headings, lists, fenced code and inline marks. A block that starts with `<` is HTML already. */
function markdownToHtml(markdown) {
  const code = []
  const fenced = markdown.replace(/^```(\w*)\n([\s\S]*?)\n```$/gm, (_, language, text) => {
    code.push(`<pre class="highlight"><code class="language-${language || 'text'}">${escapeHtml(text)}</code></pre>`)
    return `<code-${code.length - 1}>`
  })
  const blocks = fenced.split(/\n{2,}/).map((block) => {
    const heading = /^(#{1,4}) (.*)$/.exec(block)
    if (heading) return `<h${heading[1].length}>${inlineMarks(heading[2])}</h${heading[1].length}>`
    const listItem = /^(?:- |\d+\. )/
    if (listItem.test(block)) {
      const tag = block.startsWith('- ') ? 'ul' : 'ol'
      const items = block.split('\n').map((line) => `<li>${inlineMarks(line.replace(listItem, ''))}</li>`)
      return `<${tag}>\n${items.join('\n')}\n</${tag}>`
    }
    return block.startsWith('<') ? block : `<p>${inlineMarks(block)}</p>`
  })
  return blocks.join('\n').replace(/<code-(\d+)>/g, (_, index) => code[Number(index)])
}

function inlineMarks(text) {
  return text
    .replaceAll(/&(?!\w+;|#)/g, '&amp;')
    .replace(/`([^`]+)`/g, (_, inner) => `<code>${inner.replaceAll('<', '&lt;')}</code>`)
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, '<a href="$2">$1</a>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\*([^*\s][^*]*)\*/g, '<em>$1</em>')
}

function escapeHtml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/**
 * Encodes text in UTF-8 or in a legacy charset of one or two bytes a character, by turning the platform's decoder around. What the
 * charset lacks becomes a character reference, as in content systems.
 */
function encode(text, charset) {
  if (charset === 'utf-8') return Buffer.from(text, 'utf8')
  const bytesOf = new Map()
  const learn = (bytes) => {
    // A decoder that may expect more bytes, since Node 20 otherwise takes a short cut that reads windows-1252 as Latin-1.
    const character = new TextDecoder(charset).decode(Uint8Array.from(bytes), { stream: true })
    const isOne = [...character].length === 1 && character !== '\ufffd'
    if (isOne && !bytesOf.has(character)) bytesOf.set(character, bytes)
  }
  for (let byte = 0; byte < 256; byte++) learn([byte])
  for (let lead = 0x81; lead < 0xff; lead++) for (let trail = 0x40; trail < 0xff; trail++) learn([lead, trail])
  const encoded = [...text].flatMap(
    (character) => bytesOf.get(character) ?? [...Buffer.from(`&#${character.codePointAt(0)};`)],
  )
  return Buffer.from(encoded)
}

// Records ----------------------------------------------------------------------------------------------------------------------

function warcinfoRecord(name) {
  const block = Buffer.from(
    [
      'software: millrace scripts/pack-samples.js',
      'format: WARC File Format 1.0',
      'conformsTo: http://bibnum.bnf.fr/WARC/WARC_ISO_28500_version1_latestdraft.pdf',
      'robots: obey',
      'description: pages of invented sites, written for the Millrace samples; see samples/SOURCES.md',
      '',
    ].join('\r\n'),
  )
  const fields = { 'WARC-Filename': name, 'Content-Type': 'application/warc-fields' }
  return record('warcinfo', recordId(name), crawlStart, fields, block)
}

/** The request and the response (or revisit) of one capture. */
function captureRecords(capture, crawl, index) {
  const { url, site } = capture
  const time = crawlStart + (crawl * 3600 + (index + 1) * secondsBetweenFetches) * 1000
  capture.time = time
  const request = requestBlock(capture)
  const { head, payload } = response(capture, time)
  const responseId = recordId(`response ${url} ${time}`)
  const address = `10.${[...createHash('sha1').update(site.host).digest().subarray(0, 3)].join('.')}`
  const about = { 'WARC-Target-URI': url, 'WARC-IP-Address': address }
  const requestFields = {
    ...about,
    'WARC-Concurrent-To': responseId,
    'Content-Type': 'application/http; msgtype=request',
  }
  const responseFields = {
    ...about,
    'WARC-Payload-Digest': digest(payload),
    'Content-Type': 'application/http; msgtype=response',
  }
  if (capture.revisit) {
    responseFields['WARC-Profile'] = 'http://netpreserve.org/warc/1.0/revisit/identical-payload-digest'
    responseFields['WARC-Refers-To-Target-URI'] = capture.first.url
    responseFields['WARC-Refers-To-Date'] = warcDate(capture.first.time)
  }
  const type = capture.revisit ? 'revisit' : 'response'
  const block = capture.revisit ? head : Buffer.concat([head, payload])
  return [
    record('request', recordId(`request ${url} ${time}`), time, requestFields, request),
    record(type, responseId, time, responseFields, block),
  ]
}

function requestBlock({ url, site }) {
  const { pathname, search, host } = new URL(url)
  const lines = [
    `GET ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: millrace-samples/1.0 (+https://millrace.example/crawler)',
    'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.5',
    site.lang === 'en' ? 'Accept-Language: en' : `Accept-Language: ${site.lang},en;q=0.5`,
    'Accept-Encoding: gzip, br',
    'Connection: close',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

const statusText = {
  200: 'OK',
  301: 'Moved Permanently',
  401: 'Unauthorized',
  404: 'Not Found',
  503: 'Service Unavailable',
}

/** The HTTP head and the payload as they went over the wire. */
function response({ site, page, body }, time) {
  const status = page.status ?? 200
  const charset = page.headerLabel ?? page.charset ?? 'utf-8'
  const type =
    page.contentType ?? (['meta', 'none'].includes(page.declared) ? 'text/html' : `text/html; charset=${charset}`)
  const encoded = contentEncode(body, page.contentEncoding)
  const payload = page.chunked ? chunk(encoded) : encoded
  const headers = [
    `HTTP/1.1 ${status} ${statusText[status]}`,
    `Date: ${new Date(time).toUTCString()}`,
    `Server: ${site.server}`,
    `Content-Type: ${type}`,
    page.contentEncoding && `Content-Encoding: ${page.contentEncoding}`,
    page.contentEncoding && 'Vary: Accept-Encoding',
    page.chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${payload.length}`,
    page.date && `Last-Modified: ${new Date(page.date).toUTCString()}`,
    page.location && `Location: ${page.location}`,
    site.cookie && `Set-Cookie: ${site.cookie}`,
    site.cacheControl && `Cache-Control: ${site.cacheControl}`,
    site.server.startsWith('Apache') && `ETag: "${createHash('md5').update(body).digest('hex').slice(0, 12)}"`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  return { head: Buffer.from(`${headers.filter(Boolean).join('\r\n')}\r\n\r\n`), payload }
}

function contentEncode(body, encoding) {
  if (encoding === 'gzip') return gzipMember(body)
  if (encoding === 'br') return brotliCompressSync(body)
  return body
}

/** HTTP/1.1 chunks (RFC 9112, 7.1) of 4,000 bytes, so that chunks end inside words and characters. */
function chunk(bytes) {
  const parts = []
  for (let start = 0; start < bytes.length; start += 4000) {
    const part = bytes.subarray(start, start + 4000)
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

function record(type, id, time, fields, block) {
  const named = {
    'WARC-Type': type,
    'WARC-Record-ID': id,
    'WARC-Date': warcDate(time),
    ...fields,
    'WARC-Block-Digest': digest(block),
    'Content-Length': block.length,
  }
  const lines = Object.entries(named).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`WARC/1.0\r\n${lines.join('')}\r\n`), block, Buffer.from('\r\n\r\n')])
}

function warcDate(time) {
  return new Date(time).toISOString().replace('.000Z', 'Z')
}

/** A UUID of version 8 (RFC 9562, 5.8) from a hash of `name`. */
function recordId(name) {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16)
  bytes[6] = (bytes[6] & 0x0f) | 0x80
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return `<urn:uuid:${groups.join('-')}>`
}

/** `sha1:` and the digest in base32 (RFC 4648, section 6): 160 bits are 32 characters, so there is no padding. */
function digest(bytes) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...createHash('sha1').update(bytes).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return `sha1:${bits
    .match(/.{5}/g)
    .map((group) => alphabet[Number.parseInt(group, 2)])
    .join('')}`
}

/** One gzip member with a header that names neither a time nor a system. */
function gzipMember(bytes) {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff])
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(bytes), 0)
  trailer.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([header, deflateRawSync(bytes, { level: 9 }), trailer])
}

const outputFlag = process.argv.indexOf('--output')
main(outputFlag < 0 ? samples : resolve(process.argv[outputFlag + 1]))
