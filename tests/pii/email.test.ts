import { describe, expect, it } from 'vitest'
import { findEmails } from '../../src/pii/email.js'
import { Random } from '../support/random.js'

const found = (text: string) => findEmails(text).map(({ start, end }) => text.slice(start, end))

describe('e-mail addresses', () => {
  it.each<[text: string, addresses: string[]]>([
    // plain, and what stands around them
    ['jo.doe@mailbox.org', ['jo.doe@mailbox.org']],
    ['Write to <jo@mailbox.org>, or (ann@mail.co.uk).', ['jo@mailbox.org', 'ann@mail.co.uk']],
    ['mailto:jo@mailbox.org?subject=x', ['jo@mailbox.org']],
    ["'jo@mailbox.org' *jo@mailbox.org* --jo@mailbox.org--", Array(3).fill('jo@mailbox.org')],
    ['Name|jo@mailbox.org|x, `jo@mailbox.org`, {jo@mailbox.org}', Array(3).fill('jo@mailbox.org')],
    ['https://site.org/jo@mailbox.org/', ['jo@mailbox.org']],
    ['jo@mailbox.org. Next sentence', ['jo@mailbox.org']],
    // local parts
    ["o'hara+news_2024@mailbox.org", ["o'hara+news_2024@mailbox.org"]],
    ['bounce+jo=mailbox.org@lists.net', ['bounce+jo=mailbox.org@lists.net']],
    ['_jo_@mailbox.org', ['_jo_@mailbox.org']],
    ['jo..doe@mailbox.org', ['doe@mailbox.org']],
    ['jo.@mailbox.org', []],
    [`${'a'.repeat(64)}@mailbox.org`, [`${'a'.repeat(64)}@mailbox.org`]],
    [`${'a'.repeat(65)}@mailbox.org`, []],
    // hosts
    ['jo@localhost, jo@mailbox, jo@.org, jo@-x.org', []],
    ['jo@mail-box.xn--p1ai', ['jo@mail-box.xn--p1ai']],
    ['jo@mailbox.org-based', ['jo@mailbox.org']],
    ['jo@mailbox.org.4', ['jo@mailbox.org']],
    ['jo@sub.mailbox.org:8080', ['jo@sub.mailbox.org']],
    ['lodash@4.17.21 react@18.2.0 @scope/name @user.name icon@2x.png', []],
    ['jo@[198.51.100.7] jo@[IPv6:2001:db8::7] jo@[300.1.1.1] jo@[', ['jo@[198.51.100.7]', 'jo@[IPv6:2001:db8::7]']],
    [`jo@${'a'.repeat(63)}.org`, [`jo@${'a'.repeat(63)}.org`]],
    [`jo@${'a'.repeat(64)}.org`, []],
    // other scripts
    ['jürgen@müller.de', ['jürgen@müller.de']],
    ['почта@пример.рф', ['почта@пример.рф']],
    ['请联系我jo@mailbox.org的邮箱', ['jo@mailbox.org']],
    ['メールはjo@mailbox.orgです。', ['jo@mailbox.org']],
    ['用户@例子.公司', ['用户@例子.公司']],
    ['e\u0301ve@mailbox.org', ['e\u0301ve@mailbox.org']],
    ['😀jo@mailbox.org😀', ['jo@mailbox.org']],
    ['𠮷𠮷@例子.公司', ['𠮷𠮷@例子.公司']],
    ['\udc00jo@mailbox.org\ud800', ['jo@mailbox.org']],
    // several in a row
    ['a@b@mailbox.org', ['b@mailbox.org']],
    ['jo@one.org@two.org', ['jo@one.org@two.org']],
    ['jo@one.org.4.ann@two.org', ['jo@one.org.4.ann@two.org']],
    ['jo@one.org-@two.org+ann@three.org', ['jo@one.org-@two.org+ann@three.org']],
    ['jo@one.org,ann@two.org;x@y.zz', ['jo@one.org', 'ann@two.org', 'x@y.zz']],
    ['@', []],
    ['', []],
  ])('%j', (text, addresses) => expect(found(text)).toEqual(addresses))

  it('gives spans in order, apart, with type and score', () => {
    expect(findEmails('a jo@mailbox.org b ann@mailbox.org')).toMatchObject([
      { start: 2, end: 16, type: 'email', score: 1 },
      { start: 19, end: 34, type: 'email', score: 1 },
    ])
  })

  it('agrees with a backtracking pattern on ASCII', () => {
    // The same grammar as one expression, far too slow for documents: runs of it that touch are joined.
    const atom = "[A-Za-z0-9!#$%&'*+=^_~-]"
    const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
    const pattern = new RegExp(
      `(?:(?<!${atom})|(?<=${atom}))(?=[A-Za-z0-9_])(?<![A-Za-z0-9_]${atom}*)(?:${atom}+\\.)*${atom}+@(?!\\dx\\.)(?:${label}\\.)+[A-Za-z][A-Za-z0-9]+`,
      'g',
    )
    for (let seed = 1; seed <= 3000; seed++) {
      const random = new Random(seed)
      let text = ''
      for (let i = random.below(6); i >= 0; i--) text += random.pick(['jo', 'a', 'B7', ' ', ' ', '-x', '(', ','])
      text += `${random.pick(['ann', 'x.y', "o'k", '-z'])}@${random.pick(['m.org', 'a-b.co.uk', 'mail', 'x.1', '-.x', 'q.io-k'])}${random.pick(['', '.', ',', ' etc', '/'])}`
      const expected = [...text.matchAll(pattern)].map((match) => match[0])
      expect(found(text), `seed ${seed}: ${text}`).toEqual(expected)
    }
  })

  it('never cuts a surrogate pair and never overlaps', () => {
    const parts = [
      '@',
      '.',
      'a',
      'com',
      '𠮷',
      '😀',
      '\ud840',
      '\udfb7',
      'é',
      '中',
      '-',
      '[',
      ']',
      '1.2.3.4',
      ' ',
      'jo@x.org',
    ]
    for (let seed = 1; seed <= 3000; seed++) {
      const random = new Random(seed)
      const text = Array.from({ length: random.below(20) }, () => random.pick(parts)).join('')
      let last = 0
      for (const { start, end } of findEmails(text)) {
        expect(start >= last && end > start && end <= text.length, `seed ${seed}`).toBe(true)
        expect(isInsidePair(text, start) || isInsidePair(text, end), `seed ${seed}`).toBe(false)
        last = end
      }
    }
  })

  it.each(['a@', '@', 'a.', 'é@', 'a@é.é', 'a@[', 'a@b.', 'x@a.bc', 'x@a.bc.', '中', '.@'])(
    'gets through a megabyte of %j',
    (unit) => {
      const spans = findEmails(unit.repeat(1e6 / unit.length))
      expect(spans.length).toBeLessThanOrEqual(1)
    },
  )
})

function isInsidePair(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at))
}
