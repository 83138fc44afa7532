/** The scanners against the patterns as V8's regular expressions, with the pinned classes spelled out. */
import { describe, expect, it } from 'vitest'
import {
  categoryRuns,
  classTable,
  createPretokenizer,
  DIGITS,
  type Digits,
  PATTERNS,
  type Pattern,
  patternSource,
  scannerCodes,
} from '../../src/kernels/pretokens/index.js'
import { Random } from '../support/random.js'

const encoder = new TextEncoder()

/** The pattern for V8: the pinned classes in place of V8's own, `(?i:…)` spelled out. */
function v8Regex(pattern: Pattern, digits: Digits): RegExp {
  const source = patternSource(pattern, digits)
    .replace('[\\s\\S]', '[^]')
    .replace(/\(\?i:([^)]*)\)/g, (_, body: string) => `(?:${anyCase(body)})`)
  return new RegExp(pinned(source), 'gu')
}

function anyCase(body: string): string {
  return body
    .replace('[sdmt]', 's|d|m|t')
    .replace(/[a-z]/g, (letter) => (letter === 's' ? '[sS\u017f]' : `[${letter}${letter.toUpperCase()}]`))
}

/** Inside a class the ranges alone, outside it a class of its own; \s and \S are White_Space. */
function pinned(source: string): string {
  let out = ''
  let inClass = false
  for (let at = 0; at < source.length; at++) {
    const rest = source.slice(at)
    const property = /^\\p\{(\w+)\}/.exec(rest)
    const ranges = property ? categoryRanges(property[1]) : rest.startsWith('\\s') ? WHITE : null
    if (ranges !== null) {
      out += inClass ? ranges : `[${ranges}]`
      at += (property ? property[0].length : 2) - 1
    } else if (rest.startsWith('\\S')) {
      out += `[^${WHITE}]`
      at++
    } else if (source[at] === '\\') {
      out += rest.slice(0, 2)
      at++
    } else {
      if (source[at] === '[') inClass = true
      if (source[at] === ']') inClass = false
      out += source[at]
    }
  }
  return out
}

const WHITE = '\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

function categoryRanges(name: string): string {
  const hex = (code: number) => `\\u{${code.toString(16)}}`
  return [...categoryRuns()]
    .filter(({ category }) => category.startsWith(name))
    .map(({ start, end }) => `${hex(start)}-${hex(end - 1)}`)
    .join('')
}

function regexEnds(regex: RegExp | null, text: string): number[] {
  if (regex === null) return text === '' ? [] : [encoder.encode(text).length]
  let end = 0
  return [...text.matchAll(regex)].map(([piece]) => {
    end += encoder.encode(piece).length
    return end
  })
}

const ALPHABETS = [
  'abcxyz stmd',
  'ABCXYZ STMDLRVE',
  "'’`''s't'll've're'm'd",
  "'S'T'LL'Ve'rE'\u017f\u017f\u212a",
  '0123456789²½Ⅻ٣९𝟙',
  ' \u00a0\u0085\u200b\ufeff\u3000\u2028\u001c\v\t',
  '\r\n\n\r',
  '   \t\n',
  '.,;:!?/-_#$%^&*()[]{}/\\/',
  'äöüßÄÖÜéǅǈʰˀªº',
  '東京都市ひらがなカタカナ한글ไทยعربي',
  '\u0301\u0308\u0303\u20dd\u0903\u{1d165}',
  '😀🏴\u{10ffff}\u{1f1e9}\0\u0001\u007f\uFFFD',
  'ДжДабвΑΒΓαβγ𐐀𐐨\u{1e900}\u{1e922}',
  '\u{10d50}\u{a7cb}\u{105c0}\u{16d40}\u{11de0}\u{323b0}', // letters of Unicode 16, and of 17 only
].map((alphabet) => [...alphabet])

function nastyText(random: Random, lengthMax: number): string {
  const some = Array.from({ length: 1 + random.below(4) }, () => random.pick(ALPHABETS))
  let out = ''
  for (let left = random.below(lengthMax + 1); left > 0; left--) {
    out +=
      random.next() < 0.001 ? String.fromCodePoint(0x10000 + random.below(0x20000)) : random.pick(random.pick(some))
  }
  return out
}

const forms = PATTERNS.flatMap((pattern) => DIGITS.map((digits) => [pattern, digits] as const))

describe.each(forms)('%s, digits %s', (pattern, digits) => {
  const regex = pattern === 'none' ? null : v8Regex(pattern, digits)
  const ends = createPretokenizer(scannerCodes(pattern, digits))

  it('cuts random nasty strings as the regular expression does', () => {
    const random = new Random(20)
    for (let round = 0; round < 1500; round++) {
      const text = nastyText(random, round % 40 === 0 ? 300 : 24)
      expect([...ends(text)], JSON.stringify(text)).toEqual(regexEnds(regex, text))
    }
  })

  it('has made up its mind about all but the last two pieces of any beginning', () => {
    const random = new Random(21)
    for (let round = 0; round < 150; round++) {
      const text = nastyText(random, 24)
      const whole = [...ends(text)]
      for (let cut = 1; cut < text.length; cut++) {
        const head = text.slice(0, cut)
        if (/\p{Surrogate}/u.test(head)) continue // a pair cut in two is no beginning
        if (pattern === 'none') continue
        const settled = [...ends(head)].slice(0, -2)
        expect(whole.slice(0, settled.length), JSON.stringify([head, text])).toEqual(settled)
      }
    }
  })

  it.each(['x', '^', ' ', '\n', '1', "'", 'X', '\u0301', '漢A'])('a million of %j', (unit) => {
    const text = unit.repeat(1_000_000)
    const found = ends(text)
    expect(found.at(-1)).toBe(encoder.encode(text).length)
  })
})

describe('cases worked by hand', () => {
  const pieces = (pattern: Pattern, digits: Digits, text: string): string[] => {
    const bytes = encoder.encode(text)
    let start = 0
    return [...createPretokenizer(scannerCodes(pattern, digits))(text)].map((end) => {
      const piece = new TextDecoder().decode(bytes.subarray(start, end))
      start = end
      return piece
    })
  }
  it('gpt2', () => {
    expect(pieces('gpt2', 'own', "I'll  pay $1234 now!\n\n")).toEqual([
      'I',
      "'ll",
      ' ',
      ' pay',
      ' $',
      '1234',
      ' now',
      '!',
      '\n\n',
    ])
    expect(pieces('gpt2', 'one', 'a  12')).toEqual(['a', ' ', ' ', '1', '2'])
    expect(pieces('gpt2', 'three', 'a 12345')).toEqual(['a', ' ', '123', '45'])
  })
  it('cl100k and llama3', () => {
    expect(pieces('cl100k', 'own', "HE'S 1234\t(x)\n\n y \n  ")).toEqual([
      'HE',
      "'S",
      ' ',
      '123',
      '4',
      '\t',
      '(x',
      ')\n\n',
      ' y',
      ' \n  ',
    ])
    expect(pieces('llama3', 'own', 'y \n  ')).toEqual(['y', ' \n', '  '])
    expect(pieces('llama3', 'own', "it'\u017f")).toEqual(['it', "'\u017f"])
  })
  it('o200k', () => {
    expect(pieces('o200k', 'own', "HTTPServer's a/b 漢字ABCdef ABC//\n")).toEqual([
      "HTTPServer's",
      ' a',
      '/b',
      ' 漢字ABCdef',
      ' ABC',
      '//\n',
    ])
    expect(pieces('o200k', 'own', '漢字ABC')).toEqual(['漢字', 'ABC'])
  })
})

describe('the pinned table', () => {
  it('covers every code point once, in order', () => {
    let at = 0
    for (const { start, end } of categoryRuns()) {
      expect(start).toBe(at)
      expect(end).toBeGreaterThan(start)
      at = end
    }
    expect(at).toBe(0x110000)
  })

  it("is V8's, but for what its newer Unicode has added", () => {
    const classes = classTable()
    const unassigned = new Uint8Array(0x110000)
    for (const { category, start, end } of categoryRuns()) if (category === 'Cn') unassigned.fill(1, start, end)
    const kinds: [number, RegExp][] = [
      [1, /\p{White_Space}/u],
      [4, /\p{N}/u],
      [8, /[\p{Lu}\p{Lt}]/u],
      [16, /\p{Ll}/u],
      [32, /[\p{Lm}\p{Lo}]/u],
      [64, /\p{M}/u],
    ]
    const wrong: string[] = []
    for (let code = 0; code < 0x110000; code++) {
      if (unassigned[code] === 1) continue
      const char = String.fromCodePoint(code)
      for (const [bit, regex] of kinds) {
        if (((classes[code] & bit) !== 0) !== regex.test(char)) wrong.push(`${code.toString(16)} ${regex}`)
      }
    }
    expect(wrong.filter((line) => !line.startsWith('295 '))).toEqual([]) // U+0295 is Ll until Unicode 16, Lo from 17 on
  })
})
