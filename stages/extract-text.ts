/**
 * Makes text of a fetched page: the main text without menus, promotion and (unless asked for) comments. Two engines:
 * `millrace` (src/html, flat tree, about a thousand pages a second) and `readability` (Mozilla's, over a DOM, to compare with).
 * A document without a page passes unchanged: its input held text already.
 */
import type { Document, RawPage, Signals } from '../src/document/document.js'
import { decodePage, openPage } from '../src/html/charset.js'
import { plainText } from '../src/html/clean.js'
import { allText, type ExtractOptions, extractMainText } from '../src/html/extract.js'
import type { PageMetadata } from '../src/html/metadata.js'
import type { readArticle } from '../src/html/readability.js'
import { boolean, integer, oneOf } from '../src/stage/options.js'
import { drop, edit, keep, type Outcome } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'

const PAGE = `<title>Bees</title><nav><a href="/">Home</a> <a href="/shop">Shop</a></nav>
<article><h1>Bees</h1><p>Bees carry pollen from flower to flower, and most of our fruit depends on them.</p>
<p>A colony holds tens of thousands of workers, a few hundred drones and a single queen.</p></article>
<footer>Copyright, imprint, privacy</footer>`

export default defineStage({
  kind: 'each',
  summary: 'extract the main text of HTML pages',
  source: 'WHATWG HTML and Encoding Standards; Readability 0.6 for the engine of that name',
  options: {
    engine: oneOf(['millrace', 'readability'], { default: 'millrace', meaning: 'what chooses the main text' }),
    favor: oneOf(['precision', 'balanced', 'recall'], {
      default: 'precision',
      meaning: 'whether doubtful blocks are left out or kept; engine millrace only',
    }),
    comments: boolean({ default: false, meaning: 'keep comments of readers; engine millrace only' }),
    tables: boolean({ default: true, meaning: 'keep text in tables; engine millrace only' }),
    format: oneOf(['text', 'markdown'], {
      default: 'text',
      meaning:
        'text: one line a block, as the C4, Gopher and FineWeb filters expect it; markdown: CommonMark with pipe tables',
    }),
    links: boolean({ default: false, meaning: 'keep the addresses of links; format markdown only' }),
    images: boolean({ default: false, meaning: 'keep the addresses of images; format markdown only' }),
    textLengthMin: integer({ default: 1, min: 1, unit: 'characters', meaning: 'shorter texts are dropped as empty' }),
  },
  signals: {
    textLength: { type: 'number', unit: 'UTF-16 units', meaning: 'length of the extracted text' },
    htmlSize: { type: 'number', unit: 'bytes', meaning: 'size of the page as fetched, transfer encodings removed' },
    encoding: { type: 'string', meaning: 'encoding that the bytes were read in' },
    linkDensity: { type: 'number', meaning: 'share of the kept text that lies in links; engine millrace only' },
    extractedShare: { type: 'number', meaning: 'kept text as a share of all visible text; engine millrace only' },
  },
  examples: [
    {
      html: PAGE,
      drop: null,
      becomes:
        'Bees\nBees carry pollen from flower to flower, and most of our fruit depends on them.\n' +
        'A colony holds tens of thousands of workers, a few hundred drones and a single queen.',
    },
    {
      options: { format: 'markdown', links: true },
      url: 'https://bees.example/',
      html: PAGE.replace('most of our fruit', '<em>most</em> of <a href="fruit">our fruit</a>'),
      drop: null,
      becomes:
        '# Bees\n\n' +
        'Bees carry pollen from flower to flower, and *most* of [our fruit](https://bees.example/fruit) depends on them.\n\n' +
        'A colony holds tens of thousands of workers, a few hundred drones and a single queen.',
    },
    { html: '<p></p>', drop: 'empty' },
    { options: { engine: 'readability' }, html: `${'<div>'.repeat(200)}deep`, drop: 'too-deep' },
    { text: 'The input held text already.', drop: null, becomes: 'The input held text already.' },
  ],
  async prepare(options) {
    const extract = options.engine === 'readability' ? await loadReadability() : byMillrace
    return (document: Document): Outcome => {
      const { raw } = document
      if (raw === null) return keep()
      const result = isPlain(raw) ? asPlainText(raw) : extract(raw, { ...options, pageUrl: document.url })
      const signals = { htmlSize: sizeOf(raw), ...result.signals }
      if (result.refused !== null) return drop(result.refused, signals)
      const all = { ...signals, textLength: result.text.length }
      if (result.text.length < options.textLengthMin) return drop('empty', all)
      return edit({ text: result.text, raw: null, metadata: result.metadata }, all)
    }
  },
})

interface Extracted {
  readonly refused: 'too-deep' | 'too-large' | null
  readonly text: string
  readonly metadata: Readonly<Record<string, string>>
  readonly signals: Signals
}

type Extract = (raw: RawPage, options: ExtractOptions) => Extracted

const NOTHING: Extracted = { refused: null, text: '', metadata: {}, signals: {} }

function byMillrace({ body, contentType }: RawPage, options: ExtractOptions): Extracted {
  const page = typeof body === 'string' ? { page: body, encoding: '' } : openPage(body, contentType)
  const { text, linkDensity, extractedShare, truncated, ...metadata } = extractMainText(page, options)
  const signals = { ...encodingSignal(page.encoding), linkDensity, extractedShare }
  return { refused: truncated ? 'too-large' : null, text, metadata: present(metadata), signals }
}

/** Loaded when it is asked for: Readability and its DOM take a third of a second to load in every worker. */
async function loadReadability(): Promise<Extract> {
  const { readArticle } = await import('../src/html/readability.js')
  return (raw, options) => byReadability(raw, readArticle, options)
}

function byReadability(raw: RawPage, read: typeof readArticle, options: ExtractOptions): Extracted {
  const result = read(decoded(raw))
  if (result.kind === 'refused') return { ...NOTHING, refused: result.reason }
  if (result.kind === 'nothing') return NOTHING
  return { ...NOTHING, text: allText(result.contentHtml, options), metadata: present(result.metadata) }
}

function asPlainText(raw: RawPage): Extracted {
  return { ...NOTHING, text: plainText(decoded(raw)) }
}

function decoded({ body, contentType }: RawPage): string {
  return typeof body === 'string' ? body : decodePage(body, contentType)
}

function sizeOf({ body }: RawPage): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

/** Nothing was decoded where the input held a string. */
function encodingSignal(encoding: string): Signals {
  return encoding === '' ? {} : { encoding }
}

/** Only the fields that the page gives. */
function present(fields: Readonly<Record<keyof PageMetadata, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

function isPlain(raw: RawPage): boolean {
  return /^\s*text\/plain\b/i.test(raw.contentType)
}
