import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { documentId } from '../../src/document/identity.js'
import { loadZstd } from '../../src/io/zstd.js'
import type { ReadEvent, ReadStage } from '../../src/stage/stage.js'
import readHtml from '../../stages/read-html.js'
import readText from '../../stages/read-text.js'
import { drain, memoryFile } from '../support/memory-file.js'

// Options are those that each test gives to the stage it names.
async function read(stage: unknown, content: Uint8Array | string, given: object = {}, name = 'a/b.txt') {
  const { options, read } = stage as ReadStage<never>
  const defaults = Object.fromEntries(
    Object.entries(options as object).map(([key, { default: value }]) => [key, value]),
  )
  const file = memoryFile(name, content)
  const range = { start: 0, end: file.sizeBytes, exact: true }
  const { events, extent } = await drain(read.read({ ...defaults, ...given } as never, file, range))
  expect(extent).toEqual({ first: 0, stopped: file.sizeBytes })
  return events
}

const gist = (events: readonly ReadEvent[]) =>
  events.map((e) =>
    e.kind === 'document' ? [e.document.offset, e.document.text] : e.kind === 'skipped' ? e.reason : e.code,
  )

const TEXT = '\ufeffOne é.\r\nTwo.\n\n \r\n\nThree.\nFour.'

describe('read-text', () => {
  it('takes a file, a paragraph or a line for a document', async () => {
    expect(gist(await read(readText, TEXT))).toEqual([[0, TEXT.slice(1)]])
    expect(gist(await read(readText, TEXT, { unit: 'paragraph' }))).toEqual([
      [0, 'One é.\nTwo.'],
      [22, 'Three.\nFour.'],
    ])
    expect(gist(await read(readText, TEXT, { unit: 'line' }))).toEqual([
      [0, 'One é.'],
      [12, 'Two.'],
      'blank',
      'blank',
      'blank',
      [22, 'Three.'],
      [29, 'Four.'],
    ])
    const [event] = await read(readText, TEXT)
    expect(event).toMatchObject({ document: { id: documentId('a/b.txt', 0, 0), url: '', raw: null, metadata: {} } })
  })

  it('reads packed files as what they hold', async () => {
    for (const unit of ['file', 'paragraph', 'line']) {
      const plain = gist(await read(readText, TEXT, { unit }))
      expect(gist(await read(readText, gzipSync(TEXT), { unit }, 'a.txt.gz'))).toEqual(plain)
      const zstd = (await loadZstd()).compress(Buffer.from(TEXT))
      expect(gist(await read(readText, zstd, { unit }, 'a.txt.zst'))).toEqual(plain)
    }
    expect(gist(await read(readText, TEXT, {}, 'a.txt.gz'))).toEqual(['not-gzip'])
  })

  it('sets aside what is too long, is no UTF-8, or is cut off', async () => {
    const lines = `a\n${'b'.repeat(50)}\n\nc`
    expect(gist(await read(readText, lines, { unit: 'line', textSizeMax: 49 }))).toEqual([
      [0, 'a'],
      'text-size',
      'blank',
      [54, 'c'],
    ])
    expect(gist(await read(readText, lines, { unit: 'paragraph', textSizeMax: 49 }))).toEqual(['text-size', [54, 'c']])
    expect(gist(await read(readText, lines, { textSizeMax: 49 }))).toEqual(['text-size'])
    expect(gist(await read(readText, Buffer.from('a\n\xe9\nb', 'latin1'), { unit: 'line' }))).toEqual([
      [0, 'a'],
      'utf8',
      [4, 'b'],
    ])
    const zipped = gzipSync(Array.from({ length: 500 }, (_, i) => `line ${i}\n\n`).join(''))
    for (const unit of ['file', 'paragraph', 'line']) {
      const events = await read(readText, zipped.subarray(0, zipped.length - 300), { unit })
      expect(events.at(-1)).toMatchObject({ kind: 'quarantine', code: 'gzip-truncated' })
      expect(events.some(({ kind }) => kind === 'document')).toBe(unit !== 'file')
    }
    expect(gist(await read(readText, ' \r'))).toEqual(['blank'])
  })
})

describe('read-html', () => {
  const page = (head: string) => `<!doctype html><title>T</title>${head}<p>Some text.</p>`

  it('gives the page as it lies there, with its canonical URL', async () => {
    const bytes = Buffer.from(page('<link rel="canonical" href="https://example.org/bees">\xe9'), 'latin1')
    const [event] = await read(readHtml, bytes)
    expect(event).toMatchObject({
      document: { url: 'https://example.org/bees', text: '', length: bytes.length, raw: { contentType: 'text/html' } },
    })
    expect(event?.kind === 'document' && Buffer.from(event.document.raw?.body ?? '').equals(bytes)).toBe(true)
  })

  it('makes a URL of its name where it has none', async () => {
    const urls = async (head: string, baseUrl: string, name: string) =>
      (await read(readHtml, gzipSync(page(head)), { baseUrl }, name)).map(
        (e) => e.kind === 'document' && e.document.url,
      )
    expect(await urls('', 'https://', 'example.org/a b/c.html.gz')).toEqual(['https://example.org/a%20b/c.html'])
    expect(await urls('<link rel=canonical href="/d">', 'https://', 'example.org/c.html.gz')).toEqual([
      'https://example.org/d',
    ])
    expect(await urls('', '', 'example.org/c.html.gz')).toEqual([''])
  })

  it('sets aside what is too large', async () => {
    expect(gist(await read(readHtml, page(''), { pageSizeMax: 20 }))).toEqual(['text-size'])
  })
})
