import { describe, expect, it } from 'vitest'
import { normalizeCcnet } from '../../src/lm/ccnet.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'

describe('normalizeCcnet', () => {
  // Worked by hand from the rules of cc_net's text_normalizer.normalize.
  it.each([
    ['', ''],
    [' \t\u0085\u001c ', ''],
    ['  The Café opened in 1998.\r\n', 'the cafe opened in 0000.'],
    ['“So” – she said — ‘no’ …', '"so" - she said  -  ‘no\' ...'],
    ['１２３ und ४५', '000 und 00'],
    ['（全角）：半角！？；％～', '(全角):半角!?;%~'],
    ['、。．「」《》【】〈〉', ',.. """"[]<>'],
    ['one\ntwo\u0007\u0090\u007f', 'onetwo'],
    ['İSTANBUL', 'istanbul'],
    ['각', '\u1100\u1161\u11a8'],
    ['\ud800x\udc00', '\ud800x\udc00'],
    ['K', 'k'], // Kelvin sign
  ])('%j', (text, normalized) => {
    expect(normalizeCcnet(text)).toBe(normalized)
  })

  it('takes time in proportion to the text, however marks are stacked', () => {
    const stacked = '\u0301\u0323\u{1d165}'.repeat(250_000)
    expect(normalizeCcnet(`É${stacked}1`)).toBe(`e${'\u{1d165}'.repeat(250_000)}0`)
    expect(normalizeCcnet('a\u302e\u1b44'.repeat(300_000))).toHaveLength(900_000)
  })

  it('gives what it would give again, but for white space and marks', () => {
    for (let seed = 0; seed < 300; seed++) {
      const once = normalizeCcnet(randomText(new Random(seed), 60))
      expect(normalizeCcnet(once), `seed ${seed}`).toBe(once.replace(/^\s+|\s+$/g, ''))
      expect(once, `seed ${seed}`).not.toMatch(/[\0-\x1f\x7f-\x9f\p{Mn}1-9]/u)
    }
  })
})
