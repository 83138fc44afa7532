/**
 * Makes text of a fetched page: the main text without menus, promotion and (unless asked for) comments. Two engines:
 * `millrace` (src/html, flat tree, about a thousand pages a second) and `readability` (Mozilla's, over a DOM, to compare with).
 * A document without a page passes unchanged: its input held text already.
 */
import type { Document, RawPage } from '../src/document/document.js'
import { decodePage } from '../src/html/charset.js'
import { allText, extractMainText } from '../src/html/extract.js'
import { readArticle } from '../src/html/readability.js'
import { plainText } from '../src/html/text.js'
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
    textLengthMin: integer({ default: 1, min: 1, unit: 'characters', meaning: 'shorter texts are dropped as empty' }),
  },
  signals: {
    textLength: { type: 'number', unit: 'UTF-16 units', meaning: 'length of the extracted text' },
    htmlLength: { type: 'number', unit: 'UTF-16 units', meaning: 'length of the page after decoding' },
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
    { html: '<p></p>', drop: 'empty' },
    { options: { engine: 'readability' }, html: `${'<div>'.repeat(200)}deep`, drop: 'too-deep' },
    { text: 'The input held text already.', drop: null, becomes: 'The input held text already.' },
  ],
  prepare(options) {
    const { textLengthMin } = options
    const extract = options.engine === 'readability' ? byReadability : (html: string) => byMillrace(html, options)
    return (document: Document): Outcome => {
      if (document.raw === null) return keep()
      const { html, encoding } = decoded(document.raw)
      const signals = { htmlLength: html.length, encoding }
      const result = isPlain(document.raw) ? { text: plainText(html), metadata: {}, signals: {} } : extract(html)
      if ('refused' in result) return drop(result.refused, signals)
      const all = { ...signals, ...result.signals, textLength: result.text.length }
      if (result.text.length < textLengthMin) return drop('empty', all)
      return edit({ text: result.text, raw: null, metadata: result.metadata }, all)
    }
  },
})

type Extracted =
  | { text: string; metadata: Record<string, string>; signals: Record<string, number> }
  | { refused: 'too-deep' | 'too-large' }

function byMillrace(html: string, options: Parameters<typeof extractMainText>[1]): Extracted {
  const { text, linkDensity, extractedShare, truncated, ...metadata } = extractMainText(html, options)
  if (truncated) return { refused: 'too-large' }
  return { text, metadata: present(metadata), signals: { linkDensity, extractedShare } }
}

function byReadability(html: string): Extracted {
  const result = readArticle(html)
  if (result.kind === 'refused') return { refused: result.reason }
  if (result.kind === 'nothing') return { text: '', metadata: {}, signals: {} }
  return { text: allText(result.contentHtml), metadata: present({ title: result.title }), signals: {} }
}

/** Only the fields that the page gives. */
function present(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

function decoded(raw: RawPage): { html: string; encoding: string } {
  return typeof raw.body === 'string' ? { html: raw.body, encoding: '' } : decodePage(raw.body, raw.contentType)
}

function isPlain(raw: RawPage): boolean {
  return /^\s*text\/plain\b/i.test(raw.contentType)
}
