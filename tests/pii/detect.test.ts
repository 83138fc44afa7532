/** The detector as a whole: offsets, overlaps, idempotence, hostile text, with every type and action at once. */
import { describe, expect, it } from 'vitest'
import { makeDetector } from '../../src/pii/detect.js'
import { withoutOverlaps } from '../../src/pii/overlaps.js'
import { PATTERN_TYPES } from '../../src/pii/types.js'
import maskPii from '../../stages/mask-pii.js'
import { prepared } from '../support/each-stage.js'
import { Random } from '../support/random.js'

type Over = Parameters<typeof prepared<typeof maskPii.options>>[1]

const everything = { types: PATTERN_TYPES, ip: 'all', countries: [], scoreMin: 0.2, allow: new Set<string>() } as const

const PARTS =
  `jo|ann@x.org|@|.|y.com|8.8.8.8|7|2606:4700::1|:|中|рф| | v|-|😀|é|\n|phone |call |+44 20 7123 4567|0341 8387176|201-234-5678|
(212) 234-5678|4929123456789015|4929 1234 5678 9015|DE75 5121 0800 1245 1261 99|536-22-1234|ssn |card |12|123|4567|00:1a:2b:3c:4d:5e|
https://joe:hunter2@host.org/a|www.foo.org|12 Main Street|Hauptstraße 12|Apt. 12|born 12 March 1985|1/2/1990|zip 12345|SW1A 1AA|
passport A1234567|52.52001, 13.40495|AKIAIOSFODNN7EXAMPLE|1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa|AB123456C|nino |bsn 111222333|943 476 5919 nhs|
RSSMRA85T10A562S|x|/|(|)|+|#|, |. |\ud83d|\ude00|א|\u0301|<|>|PHONE|<EMAIL>|Suite 3|address: |٠٢٢٣٤٥٦٧٨٩`
    .replace(/\|\n/g, '|')
    .split('|')

function randomText(seed: number): string {
  const random = new Random(seed)
  return Array.from({ length: 1 + random.below(14) }, () => random.pick(PARTS)).join('')
}

const splitsPair = (text: string, at: number) => /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))

describe('masked text', () => {
  it.each<[string, Over]>([
    ['tag', { action: 'tag' }],
    ['replace', { action: 'replace' }],
    ['pseudonym', { action: 'pseudonym' }],
    ['removeSentence', { action: 'removeSentence' }],
    ['tag, every shape', { action: 'tag', scoreMin: 0.2 }],
    ['mixed', { actions: { phone: 'tag', email: 'pseudonym', creditCard: 'removeSentence' } }],
  ])('is left as it is, and its spans are whole: %s', async (_, over) => {
    const mask = await prepared(maskPii, { types: PATTERN_TYPES, ip: 'all', ...over })
    for (let seed = 1; seed <= 700; seed++) {
      const text = randomText(seed)
      const { edit, spans } = mask(text)
      const once = edit?.text ?? text
      const said = `seed ${seed}: ${JSON.stringify(text)} -> ${JSON.stringify(once)}`
      let end = 0
      for (const span of spans) {
        expect(span.start >= end && span.end > span.start && span.end <= once.length, said).toBe(true)
        expect(splitsPair(once, span.start) || splitsPair(once, span.end), said).toBe(false)
        end = span.end
      }
      expect(mask(once).edit, said).toBe(null)
    }
  })
})

it('offsets of what is only marked refer to the text, and hold the value alone', async () => {
  const detect = await makeDetector(everything)
  const text = '😀ann@x.org😀 +44 20 7123 4567👩‍👩‍👧 \u202b‏phone 0341 8387176\u202c e\u0301 4929123456789015\u0301'
  expect(detect(text, 'en').map(({ type, start, end }) => [type, text.slice(start, end)])).toEqual([
    ['email', 'ann@x.org'],
    ['phone', '+44 20 7123 4567'],
    ['phone', '0341 8387176'],
    ['creditCard', '4929123456789015'],
  ])
})

it('of spans that overlap the longest stays, then the one with the highest score, then the first', () => {
  const span = (start: number, end: number, score: number, type = '') => ({ start, end, score, type })
  expect(withoutOverlaps([span(0, 5, 1), span(4, 10, 0.5), span(9, 12, 1)])).toEqual([span(4, 10, 0.5)])
  expect(withoutOverlaps([span(0, 4, 0.5, 'a'), span(2, 6, 0.9, 'b')])).toEqual([span(2, 6, 0.9, 'b')])
  expect(withoutOverlaps([span(0, 4, 1, 'a'), span(0, 4, 1, 'b')])).toEqual([span(0, 4, 1, 'a')])
  expect(withoutOverlaps([span(8, 9, 1), span(0, 2, 1), span(2, 4, 1)])).toEqual([
    span(0, 2, 1),
    span(2, 4, 1),
    span(8, 9, 1),
  ])
})

it('spans of another source join: the way in for entity recognition', async () => {
  const more = [
    (text: string) =>
      [...text.matchAll(/Ann Lee/g)].map(({ index }) => ({ start: index, end: index + 7, type: 'person', score: 0.9 })),
  ]
  const detect = await makeDetector({ ...everything, more })
  expect(detect('Ann Lee, ann@x.org', 'en').map(({ type, value }) => [type, value])).toEqual([
    ['person', 'ann lee'],
    ['email', 'ann@x.org'],
  ])
})

// A search that is worse than linear needs hours for these; there is no clock here, the test's time limit is enough.
it.each([
  ['digits', '1'],
  ['digits apart', '1 '],
  ['groups', '123 '],
  ['phones', '+44 20 7123 4567 '],
  ['keys', 'sk-proj-'],
  ['headers of keys', '-----BEGIN RSA PRIVATE KEY-----'],
  ['tokens', 'eyJ'],
  ['URLs', 'a://b:c@d'],
  ['hexadecimal', '0x'],
  ['pairs', '00:'],
  ['IBANs', 'GB12 '],
  ['streets', '1 Main '],
  ['flats', 'Suite 1\n'],
  ['addresses', 'a@b.c'],
  ['RTL digits', '٠١٢ '],
])(
  'a megabyte of %s',
  async (_, unit) => {
    const detect = await makeDetector({ ...everything, scoreMin: 0.5 })
    const text = unit.repeat(Math.ceil(1e6 / unit.length))
    for (const { start, end } of detect(text, 'en')) expect(start < end && end <= text.length).toBe(true)
  },
  20_000,
)
