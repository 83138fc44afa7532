/** The linear-time matcher against V8's backtracking one, which prefers the same matches. */
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { createMatcher } from '../../src/tokenizer/matcher/matcher.js'
import { Random } from '../support/random.js'

const encoder = new TextEncoder()

function pieces(source: string, text: string): string[] {
  const match = createMatcher(source)
  return cutBy(match, text)
}

function cutBy(match: ReturnType<typeof createMatcher>, text: string): string[] {
  const bytes = encoder.encode(text)
  const out: string[] = []
  let start = 0
  match(bytes, 0, bytes.length, (end) => {
    out.push(new TextDecoder().decode(bytes.subarray(start, end)))
    start = end
  })
  return out
}

/** Matches that are not empty, and what stands between them. */
function v8Pieces(regex: RegExp, text: string): string[] {
  const out: string[] = []
  let start = 0
  let at = 0
  const sticky = new RegExp(regex.source, `${regex.flags.replace('g', '')}y`)
  while (at < text.length) {
    sticky.lastIndex = at
    const found = sticky.exec(text)?.[0] ?? ''
    if (found === '') {
      at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
      continue
    }
    if (start < at) out.push(text.slice(start, at))
    out.push(found)
    at += found.length
    start = at
  }
  if (start < text.length) out.push(text.slice(start))
  return out
}

/** A random expression over a few letters, the same for both. */
function randomRegex(random: Random, depth: number): string {
  const atom = (): string =>
    random.pick(['a', 'b', 'c', 'é', '😀', '[ab]', '[^a]', '[a-c]', '.', '\\s', '\\S', '\\p{L}', '\\p{Lu}', '\\n', ' '])
  const kind = depth === 0 ? 0 : random.below(6)
  switch (kind) {
    case 1:
      return `(?:${randomRegex(random, depth - 1)}|${randomRegex(random, depth - 1)})`
    case 2:
      return `${randomRegex(random, depth - 1)}${randomRegex(random, depth - 1)}`
    case 3: {
      // JavaScript alone refuses empty rounds of a loop.
      const body = randomRegex(random, depth - 1)
      if (new RegExp(`^(?:${body})$`, 'u').test('')) return body
      return `(?:${body})${random.pick(['*', '+', '?', '{2}', '{1,2}', '{0,3}', '{2,}'])}${random.pick(['', '?'])}`
    }
    case 4:
      return `${atom()}${random.pick(['*', '+', '?', '{1,3}'])}${random.pick(['', '', '?'])}`
    case 5:
      return `${randomRegex(random, depth - 1)}${atom()}${random.pick(['(?!\\S)', '(?=a)', '(?![ab])', '(?=\\s)'])}`
    default:
      return atom()
  }
}

const LETTERS = [...'aabbcc éA\n😀']

function randomLetters(random: Random, lengthMax: number): string {
  return Array.from({ length: random.below(lengthMax + 1) }, () => random.pick(LETTERS)).join('')
}

describe('pieces', () => {
  it('are those of V8 for random expressions and texts', () => {
    const random = new Random(41)
    for (let round = 0; round < 1_500; round++) {
      const source = Array.from({ length: 1 + random.below(3) }, () => randomRegex(random, 3)).join('|')
      const match = createMatcher(source)
      const regex = new RegExp(source, 'u')
      for (let i = 0; i < 12; i++) {
        const text = randomLetters(random, 14)
        expect(cutBy(match, text), JSON.stringify([source, text])).toEqual(v8Pieces(regex, text))
      }
    }
  })

  it('that could go on are not settled', () => {
    const random = new Random(42)
    for (let round = 0; round < 400; round++) {
      const source = Array.from({ length: 1 + random.below(3) }, () => randomRegex(random, 2)).join('|')
      const match = createMatcher(source)
      for (let i = 0; i < 8; i++) {
        const text = randomLetters(random, 20)
        const whole = endsOf(match, encoder.encode(text)).ends
        for (let cut = 0; cut < text.length; cut++) {
          const head = text.slice(0, cut)
          if (/\p{Surrogate}/u.test(head)) continue
          const { ends, settled } = endsOf(match, encoder.encode(head))
          const kept = ends.filter((end) => end <= settled)
          expect(whole.slice(0, kept.length), JSON.stringify([source, text, head])).toEqual(kept)
        }
      }
    }
  })

  function endsOf(match: ReturnType<typeof createMatcher>, bytes: Uint8Array): { ends: number[]; settled: number } {
    const ends: number[] = []
    const settled = match(bytes, 0, bytes.length, (end) => ends.push(end))
    return { ends, settled }
  }

  it.each([
    ["(?i:'s|'ll)|\\p{L}+", "it'S we'LL x'ſ", ['it', "'S", ' ', 'we', "'LL", ' ', 'x', "'ſ"]],
    ['(?i:k)+', 'kK\u212ak!', ['kK\u212ak', '!']],
    ['[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}', '-ab c1', ['-ab', ' c', '1']],
    ['[\\p{L}&&[^\\p{Han}]]+|\\p{Han}+', 'ab漢字c', ['ab', '漢字', 'c']],
    ['[一-龥ぁ-ゟ゠-ヿ]+', 'a日本b', ['a', '日本', 'b']],
    ['\\s+(?!\\S)|\\s+', 'a  b \n', ['a', ' ', ' ', 'b', ' \n']],
    ['a+\\z|a', 'aabaa', ['a', 'a', 'b', 'aa']],
    ['\\x{e9}|\\u00E9|\\x41', 'éAe', ['é', 'A', 'e']],
    ['\\p{^L}+|\\P{N}', 'ab12', ['a', 'b', '12']],
    ['(?<word>a|ab)c', 'abcac', ['abc', 'ac']],
    ['a*?b|a', 'aaab', ['aaab']],
    ['[]a]', 'a', null],
    ['x*', 'axxb', ['a', 'xx', 'b']],
  ])('%s on %j', (source, text, expected) => {
    if (expected === null) expect(() => createMatcher(source)).toThrow(/an empty class/)
    else expect(pieces(source, text)).toEqual(expected)
  })
})

describe('time is linear in the text', () => {
  // Each of these takes a backtracking matcher, or one that starts anew at each place, quadratic time or worse.
  it.each([
    ['(?:a*)*b|a', 'a'],
    ['a*b|a', 'a'],
    ['a+\\z|b', 'a'],
    ['(?:a|aa)+$|a'.replace('$', '\\z'), 'ab'],
    ['[ab]*c|[ab]{1,3}', 'ab'],
    ['\\s+\\n|\\s', ' '],
    ['(?:x+x+)+y', 'x'],
    ['.*?,|.', '漢'],
  ])('%s', (source, unit) => {
    const text = unit.repeat(400_000 / unit.length)
    const bytes = encoder.encode(text)
    let last = 0
    createMatcher(source)(bytes, 0, bytes.length, (end) => {
      last = end
    })
    expect(last).toBe(bytes.length)
  })
})

describe('what is not supported is refused, by name', () => {
  it.each([
    ['(a', 'expected )'],
    ['a)', 'closes nothing'],
    ['[a', 'ends too early'],
    ['[b-a]', 'a range from low to high'],
    ['*a', 'repeats nothing'],
    ['a**', 'two quantifiers'],
    ['(?<=a)b', '(?< is not supported'],
    ['(a)\\1', '\\1 is not supported'],
    ['\\w+', '\\w is not supported'],
    ['\\bword', '\\b is not supported'],
    ['^a', 'different things'],
    ['a$', 'different things'],
    ['\\p{N}{1,3}+', 'different things'],
    ['\\p{Nonsense}', '\\p{Nonsense} is not supported'],
    ['[[:alpha:]]', '[:…:] is not supported'],
    ['(?!ab)', 'more than one character'],
    ['(?=a)*', 'repeated look ahead'],
    ['a++ab', 'could take from'],
    ['(?:ab)++c', 'behind a group'],
    ['a{5000}', 'counts up to'],
    ['(?:(?:a{1000}){1000}){1000}', 'too large'],
    ['\\x{110000}', 'hexadecimal'],
    [`${'('.repeat(5000)}a`, 'in one another'],
    ['\\', 'ends too early'],
  ])('%s', (source, message) => {
    expect(() => createMatcher(source)).toThrow(ConfigError)
    expect(() => createMatcher(source)).toThrow(message)
  })
})
