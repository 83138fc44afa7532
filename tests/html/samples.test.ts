/**
 * Main text of the sample pages that say what it is. Their author knows: a block in Markdown (samples/pages/HOST/*.md) is main
 * text, each once and whole, and so are the strings under `has`; those under `lacks`, of a page and of its site's layout, are
 * not; those under `comments` are where comments are asked for. `metadata` is what the page says of itself. These pages were
 * not used to build or to train the engine.
 *
 * What comes out wrong today is listed in samples-known.ts, exactly: a fault that is mended has to leave the list.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { decodeBody, parseHttpHead } from '../../src/formats/warc/http.js'
import { openPage } from '../../src/html/charset.js'
import { type DecideOptions, type Extraction, extractMainText } from '../../src/html/extract.js'
import { readFile } from '../support/warc-events.js'
import { type Faults, KNOWN } from './samples-known.js'

const samples = resolve(import.meta.dirname, '../../samples')
const OPTIONS: DecideOptions = { favor: 'precision', comments: false, tables: true }
/** Shorter pieces between inline tags say nothing, and may well stand twice. */
const PIECE_LENGTH_MIN = 12
/** Only of longer strings can be said that the page means them once. */
const ONCE_LENGTH_MIN = 40
/** A string is named by its beginning. */
const LABEL_LENGTH = 50

interface Gold {
  readonly url: string
  readonly has: readonly string[]
  readonly lacks: readonly string[]
  readonly comments: readonly string[]
  /** Code, with its white space. */
  readonly verbatim: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
}

const golds = readdirSync(join(samples, 'pages')).flatMap(readSite)
const responses = await readResponses()

describe.each(golds)('$url', (gold) => {
  it('has its main text and nothing else', () => {
    const { body, contentType } = responses.get(gold.url) ?? { body: Buffer.alloc(0), contentType: '' }
    expect(body.length).toBeGreaterThan(0)
    const page = openPage(body, contentType)
    const withComments = extractMainText(page, { ...OPTIONS, comments: true })
    expect(faultsOf(gold, extractMainText(page, OPTIONS), withComments)).toEqual(KNOWN[gold.url] ?? {})
  })
})

it('is right about nearly all main text and most of the rest', () => {
  const urls = new Set(golds.map((gold) => gold.url))
  expect(Object.keys(KNOWN).filter((url) => !urls.has(url))).toEqual([])
  const wanted = golds.flatMap((gold) => [...gold.has, ...gold.verbatim])
  const notWanted = golds.flatMap((gold) => [...gold.lacks, ...gold.comments])
  const known = Object.values(KNOWN)
  const lost = known.flatMap(({ missing = [], code = [] }) => [...missing, ...code])
  const noise = known.flatMap(({ unwanted = [] }) => unwanted)
  expect([wanted.length, notWanted.length].every((count) => count > 600)).toBe(true)
  expect(lost.length / wanted.length).toBeLessThan(0.055)
  expect(noise.length / notWanted.length).toBeLessThan(0.12)
})

function faultsOf(gold: Gold, extraction: Extraction, withComments: Extraction): Faults {
  const text = collapsed(extraction.text)
  const missing = gold.has.filter((wanted) => !text.includes(collapsed(wanted)))
  const meant = collapsed(gold.has.join('\n'))
  const isTooOften = (wanted: string) => occurrences(text, wanted) > occurrences(meant, wanted)
  const repeated = gold.has.filter((wanted) => wanted.length >= ONCE_LENGTH_MIN && isTooOften(collapsed(wanted)))
  const unwanted = [...gold.lacks, ...gold.comments].filter((string) => text.includes(collapsed(string)))
  const asked = collapsed(withComments.text)
  const commentsMissing = [...gold.has, ...gold.comments].filter((wanted) => !asked.includes(collapsed(wanted)))
  const commentsUnwanted = gold.lacks.filter((string) => asked.includes(collapsed(string)))
  const code = gold.verbatim.filter((lines) => !extraction.text.includes(lines))
  const said = Object.entries(gold.metadata).filter(([field, value]) => fieldOf(extraction, field) !== value)
  const faults = {
    missing: missing.map(label),
    repeated: repeated.map(label),
    unwanted: unwanted.map(label),
    commentsMissing: commentsMissing.filter((string) => !missing.includes(string)).map(label),
    commentsUnwanted: commentsUnwanted.filter((string) => !unwanted.includes(string)).map(label),
    code: code.map(label),
    metadata: said.map(([field]) => `${field}: ${label(fieldOf(extraction, field))}`),
  }
  return Object.fromEntries(Object.entries(faults).filter(([, strings]) => strings.length > 0))
}

function fieldOf(extraction: Extraction, field: string): string {
  return String(Object.entries(extraction).find(([name]) => name === field)?.[1] ?? '')
}

function label(text: string): string {
  return collapsed(text).slice(0, LABEL_LENGTH)
}

function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1
}

// Gold -------------------------------------------------------------------------------------------------------------------------

function readSite(host: string): Gold[] {
  const folder = join(samples, 'pages', host)
  const layout = frontMatter(join(folder, 'layout.html'))
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => frontMatter(join(folder, file)))
    .filter(({ fields }) => (fields.status ?? 200) === 200 && fields.contentType === undefined)
    .map(({ fields, content }) => {
      const { lines, code } = markdownBlocks(content)
      return {
        url: String(fields.url),
        has: [...lines, ...strings(fields.has)],
        lacks: [...strings(layout.fields.lacks), ...strings(fields.lacks)],
        comments: strings(fields.comments),
        verbatim: code,
        metadata: Object.fromEntries(
          Object.entries(fields.metadata ?? {}).map(([name, value]) => [name, String(value)]),
        ),
      }
    })
}

function frontMatter(file: string): { fields: Record<string, unknown>; content: string } {
  const [, yaml = '', content = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(file, 'utf8')) ?? []
  return { fields: parse(yaml, { schema: 'core' }) as Record<string, unknown>, content }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Paragraphs, headings and list items as they read on the page, and fenced code; blocks in HTML are passed over. */
function markdownBlocks(markdown: string): { lines: string[]; code: string[] } {
  const code: string[] = []
  const rest = markdown.replace(/^```\w*\n([\s\S]*?)\n```$/gm, (_, text: string) => {
    code.push(text)
    return ''
  })
  const blocks = rest.split(/\n{2,}/).filter((block) => block.trim() !== '' && !block.trim().startsWith('<'))
  const lines = blocks.flatMap((block) => (/^(?:- |\d+\. )/.test(block.trim()) ? block.trim().split('\n') : [block]))
  return { lines: lines.flatMap(pieces), code }
}

/** A line without its marks, cut where it holds tags. */
function pieces(line: string): string[] {
  const plain = line
    .trim()
    .replace(/^(?:#{1,4} |- |\d+\. )/, '')
    .replace(/`([^`]+)`/g, '$1')
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replace(/\*([^*\s][^*]*)\*/g, '$1')
  const parts = plain.split(/<[^>]*>/).map((part) => part.replaceAll('&lt;', '<').replaceAll('&amp;', '&').trim())
  return parts.length === 1 ? parts : parts.filter((part) => part.length >= PIECE_LENGTH_MIN)
}

// Pages ------------------------------------------------------------------------------------------------------------------------

async function readResponses(): Promise<Map<string, { body: Buffer; contentType: string }>> {
  const found = new Map<string, { body: Buffer; contentType: string }>()
  const files = readdirSync(samples).filter((name) => name.endsWith('.warc.gz'))
  const read = await Promise.all(files.map((name) => readFile(readFileSync(join(samples, name)))))
  for (const event of read.flatMap(({ events }) => events)) {
    if (event.kind !== 'record' || event.type !== 'response') continue
    const head = parseHttpHead(Buffer.from(event.block))
    if (head === null) continue
    const body = decodeBody(Buffer.from(event.block.subarray(head.bodyStart)), head.fields, 4 * 1024 * 1024)
    found.set(event.fields.get('warc-target-uri') ?? '', { body, contentType: head.fields.get('content-type') ?? '' })
  }
  return found
}
