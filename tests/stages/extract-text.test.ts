import { describe, expect, it } from 'vitest'
import type { Document, RawPage } from '../../src/document/document.js'
import type { Option } from '../../src/stage/options.js'

import extractText from '../../stages/extract-text.js'
import { RESOURCES } from '../support/dedup.js'

type Options = Parameters<typeof extractText.prepare>[0]

const DEFAULTS = Object.fromEntries(
  Object.entries(extractText.options).map(([name, option]: [string, Option<unknown>]) => [name, option.default]),
) as unknown as Options // every option has a default of its own type

function documentWith(raw: RawPage | null, text = ''): Document {
  const place = { file: 'f', offset: 0, length: 0, sub: 0, position: { shard: 0, row: 0 } }
  return { id: '1', url: '', text, date: '', language: '', metadata: {}, ...place, raw }
}

async function apply(raw: RawPage | null, options: Partial<Options> = {}) {
  const extract = await extractText.prepare({ ...DEFAULTS, ...options }, RESOURCES)
  return extract(documentWith(raw, 'held already'))
}

const ARTICLE = `<html lang="cs"><title>Žáby</title><nav><a href="/">Domů</a></nav><article>
<p>Žáby se vrátily k rybníku už v březnu, o tři týdny dříve než kdykoli předtím, a nikdo neví proč.</p>
<p>Dobrovolníci je počítají od roku 1987 a první kvákání bývalo slyšet až v dubnu, říká správce.</p></article>`
const TEXT = `Žáby se vrátily k rybníku už v březnu, o tři týdny dříve než kdykoli předtím, a nikdo neví proč.
Dobrovolníci je počítají od roku 1987 a první kvákání bývalo slyšet až v dubnu, říká správce.`

/** ISO 8859-2 for Czech letters, by its code chart. */
const LATIN2 = new Map(
  [...'Žáříčéůžš'].map((letter, i) => [letter, [0xae, 0xe1, 0xf8, 0xed, 0xe8, 0xe9, 0xf9, 0xbe, 0xb9][i] ?? 0]),
)
const latin2 = (text: string) =>
  Uint8Array.from([...text].map((c) => LATIN2.get(c) ?? (c === 'ý' ? 0xfd : c.charCodeAt(0))))

describe.each(['millrace', 'readability'] as const)('engine %s', (engine) => {
  it('makes text of bytes, lets the page go, and says what it measured', async () => {
    const body = Buffer.from(ARTICLE)
    const outcome = await apply({ body, contentType: 'text/html; charset=utf-8' }, { engine })
    expect(outcome.verdict).toBe('keep')
    expect(outcome.edit).toMatchObject({ text: TEXT, raw: null, metadata: { title: 'Žáby' } })
    expect(outcome.signals).toMatchObject({ htmlSize: body.length, textLength: TEXT.length })
  })

  it('reads legacy encodings and strings', async () => {
    const legacy = await apply({ body: latin2(ARTICLE), contentType: 'text/html; charset=iso-8859-2' }, { engine })
    expect(legacy.edit?.text).toBe(TEXT)
    expect((await apply({ body: ARTICLE, contentType: '' }, { engine })).edit?.text).toBe(TEXT)
  })

  it('drops pages without text as empty', async () => {
    for (const body of ['', '<p></p>', '<script>x</script>', '<html>', '<!--']) {
      expect(await apply({ body, contentType: 'text/html' }, { engine })).toMatchObject({
        verdict: 'drop',
        reason: 'empty',
      })
    }
  })

  it('passes plain text through, and documents that hold text already', async () => {
    const plain = await apply({ body: Buffer.from('A <b>\r\n\tcafé\u0007\r\n'), contentType: 'text/plain' }, { engine })
    expect(plain.edit).toMatchObject({ text: 'A <b>\n\tcafé', raw: null })
    expect(await apply(null, { engine })).toMatchObject({ verdict: 'keep', edit: null })
  })
})

it('declares every signal that it gives', async () => {
  const { signals } = await apply({ body: Buffer.from(ARTICLE), contentType: 'text/html' })
  expect(Object.keys(signals).sort()).toEqual(Object.keys(extractText.signals ?? {}).sort())
})

it('drops texts under the wanted length', async () => {
  const raw = { body: ARTICLE, contentType: 'text/html' }
  expect((await apply(raw, { textLengthMin: TEXT.length })).verdict).toBe('keep')
  expect((await apply(raw, { textLengthMin: TEXT.length + 1 })).reason).toBe('empty')
})

it.each([
  ['no html and no body', (body: string) => `<title>t</title>${body}`],
  ['no body', (body: string) => `<html><head><title>t</title></head>${body}`],
  ['an unclosed head', (body: string) => `<!DOCTYPE html><html><head><meta charset=utf-8><body>${body}`],
  ['bare text', (body: string) => `Text. ${body}`],
])('Readability reads a page with %s', async (_name, around) => {
  const body = ARTICLE.slice(ARTICLE.indexOf('<article>'))
  const { edit } = await apply({ body: around(body), contentType: 'text/html' }, { engine: 'readability' })
  expect(edit?.text).toContain(TEXT)
})

it('refuses pages that Readability would hang on', async () => {
  const deep = { body: '<div>'.repeat(5000), contentType: 'text/html' }
  const large = { body: '<p>x</p>'.repeat(40_000), contentType: 'text/html' }
  expect((await apply(deep, { engine: 'readability' })).reason).toBe('too-deep')
  expect((await apply(large, { engine: 'readability' })).reason).toBe('too-large')
})
