import { describe, expect, it } from 'vitest'
import { isWhite } from '../../src/text/lines.js'
import { HAS_LETTER, IS_REAL } from '../../src/text/word-types.js'
import { splitPart, splitWords } from '../../src/text/words.js'
import { Random } from '../support/random.js'

const wordsOf = (text: string, rule?: 'script' | 'spacy') => splitPart(text, rule).strings()

describe('splitWords', () => {
  // Each line is what spaCy 3.8's blank English gives.
  it.each([
    ["don't can't won't I'm she'd've cannot gonna", "do n't ca n't wo n't I 'm she 'd 've can not gon na"],
    ["It's John's dog's", "It 's John 's dog 's"],
    ['the well-known co-op -- and 3-4', 'the well - known co - op -- and 3 - 4'],
    ['U.S. e.g., i.e. Ph.D. etc.', 'U.S. e.g. , i.e. Ph.D. etc .'],
    ['$3.14 5km 10% US$20 100°C.', '$ 3.14 5 km 10 % US$ 20 100 ° C .'],
    ['(Hello), "world"...', '( Hello ) , " world " ...'],
    ['a...b ... wait…', 'a ... b ... wait …'],
    ['and/or w/o his/her', 'and/or w/o his / her'],
    [
      'http://a.com/x?y=1#z www.foo.org/bar user@mail.com, foo.Bar',
      'http://a.com/x?y=1#z www.foo.org/bar user@mail.com , foo . Bar',
    ],
    ['see http://x.co.', 'see http://x.co .'],
    ['1am 9p.m. 12:30 8) :-) foo:)', '1 am 9 p.m. 12:30 8) :-) foo :)'],
    ['1,000 a,b 2+2 x=y _it_ #tag @you', '1,000 a , b 2 + 2 x = y _ it _ # tag @you'],
    ["rock'n'roll 'tis o'clock ‘quoted’ it’s", "rock'n'roll ' tis o'clock ‘ quoted ’ it ’s"],
    ['é.É naïve—dash ——', 'é . É naïve — dash — —'],
    ['😀ok 👍🏽', '😀 ok 👍 🏽'],
    ['3.5cm² 7m/s', '3.5 cm² 7 m/s'],
    ['Mr. Dr. A.B. end. x. Im ill', 'Mr. Dr. A.B. end . x. I m ill'],
  ])('splits %j', (text, expected) => {
    expect(wordsOf(text)).toEqual(expected.split(' '))
  })

  it('parts at the white space of Python, which is not that of JavaScript', () => {
    expect(wordsOf('a\u0085b\u001cc\u00a0d\u3000e\u2028f')).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(wordsOf('a\ufeffb\u200bc\u0000d')).toEqual(['a\ufeffb\u200bc\u0000d'])
    expect(wordsOf(' \n\t\u3000')).toEqual([])
  })

  it('cuts scripts without spaces, unless told to leave them', () => {
    expect(wordsOf('東京は、Tokyo。カタ')).toEqual(['東', '京', 'は', '、', 'Tokyo', '。', 'カ', 'タ'])
    expect(wordsOf('𠀀𠀁x')).toEqual(['𠀀', '𠀁', 'x'])
    expect(wordsOf('ภาษาไทย')).toEqual(['ภา', 'ษา', 'ไท', 'ย'])
    expect(wordsOf('東京は', 'spacy')).toEqual(['東京は'])
    expect(wordsOf('한국어 텍스트')).toEqual(['한국어', '텍스트'])
  })

  it('gives offsets in UTF-16 units and lengths in code points', () => {
    const words = splitPart('😀 😀x \ud800')
    expect([...words.starts]).toEqual([0, 3, 5, 7])
    expect([...words.ends]).toEqual([2, 5, 6, 8])
    expect(words.textLength).toBe(6)
    expect([...words.types.lengths]).toEqual([1, 1, 1])
    expect([...words.types.ids]).toEqual([0, 0, 1, 2])
  })

  it('says of each distinct word whether it is real and has a letter', () => {
    const { types, count } = splitPart('the the 42 !? — ½')
    const about = Array.from(types.ids, (type) => [
      (types.flags[type] & IS_REAL) > 0,
      (types.flags[type] & HAS_LETTER) > 0,
    ])
    expect(count).toBe(7)
    expect(about).toEqual([
      [true, true],
      [true, true],
      [true, false],
      [false, false],
      [false, false],
      [false, false],
      [true, false],
    ])
    expect([...types.firsts]).toEqual([0, 2, 3, 4, 5, 6])
  })

  it('keeps the last result, whatever was split between', () => {
    const text = 'One text, twice.'
    const first = splitWords(text)
    splitPart('another one in between, longer than the first')
    expect(splitWords(text)).toBe(first)
    expect(first.types.count).toBe(5)
    expect(splitWords(text, 'spacy')).not.toBe(first)
    expect(splitWords(text).strings()).toEqual(first.strings())
  })

  it('covers all but white space, in order, in any text (seeds 1 to 300)', () => {
    const alphabet = [
      ...'ab AB 1.2,3\'’"()-:;/=<>_#*&…!?+%$€°CF\n\t@|~^[]{}kmgsé中あไก😀§𠀀',
      '\ud83d',
      '\udc00',
      "n't",
      '...',
      'http://',
    ]
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed)
      const text = Array.from({ length: random.below(60) }, () => random.pick(alphabet)).join('')
      const words = splitPart(text)
      let at = 0
      for (let i = 0; i < words.count; i++) {
        expect(words.ends[i], `seed ${seed}`).toBeGreaterThan(words.starts[i])
        for (; at < words.starts[i]; at++) expect(isWhite(text.charCodeAt(at)), `seed ${seed} at ${at}`).toBe(true)
        for (; at < words.ends[i]; at++) expect(isWhite(text.charCodeAt(at)), `seed ${seed} at ${at}`).toBe(false)
      }
      for (; at < text.length; at++) expect(isWhite(text.charCodeAt(at))).toBe(true)
      expect(words.textLength).toBe([...text].length)
      // A chunk splits the same way wherever it stands.
      const chunks = text.split(/[ \n\t]/)
      expect(words.strings()).toEqual(chunks.flatMap((chunk) => splitPart(chunk).strings()))
    }
  })

  it.each([
    ['letters', 'x'.repeat(1e6), 1],
    ['commas', ','.repeat(1e6), 1e6],
    ['dots', '.'.repeat(1e6), 1],
    ['hyphens', '-'.repeat(1e6), 1],
    ['opening brackets', `${'('.repeat(5e5)}a`, 5e5 + 1],
    ['a-a-a', 'a-'.repeat(5e5), 1e6 - 1],
    ['equals and at signs', 'a=b@'.repeat(2e5), 4e5 + 1],
  ])('takes a megabyte without spaces: %s', (_, text, count) => {
    expect(splitPart(text).count).toBe(count)
  })
})
