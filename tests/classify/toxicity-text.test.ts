import { describe, expect, it } from 'vitest'
import { GROUP, toxicityText } from '../../src/classify/toxicity-text.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'

describe('a text as the toxicity model sees it', () => {
  it.each([
    ['Many black people and gay men live here.', 'many <group> and <group> live here .'],
    ['Disabled trans women, too!', '<group> , too'],
    ['An immigrant’s child', 'an <group>'],
    ['You are st0pid and l4zy, id10ts', 'you are stopid and lazy , idiots'],
    ['sooooo coool', 'soo cool'],
    ['see https://example.com/x @someone 2024', 'see 2024'],
    ['Whoever says "they are vermin" should be ashamed', 'whoever says <quoted> should be ashamed'],
    ['"They are vermin"', '" they are vermin "'],
    ['an unclosed " mark stays where it is', 'an unclosed " mark stays where it is'],
    ['', ''],
  ])('%j', (text, expected) => expect(toxicityText(text)).toBe(expected))

  it('treats groups alike', () => {
    const forms = ['women', 'Muslims', 'gay people', 'refugees', 'deaf children'].map((group) =>
      toxicityText(`I have nothing to say about ${group} today`),
    )
    expect(new Set(forms)).toEqual(new Set([`i have nothing to say about ${GROUP} today`]))
  })

  it('takes any text, a hostile one in time that grows with its length', () => {
    for (let seed = 1; seed <= 100; seed++)
      expect(typeof toxicityText(randomText(new Random(seed), 300))).toBe('string')
    for (const hostile of ['"', "'", 'a', '+', '"a ', '0', 'a\u0301', '\ud800']) {
      expect(toxicityText(hostile.repeat(300_000)).length).toBeLessThanOrEqual(600_000 * hostile.length)
    }
  })
})
