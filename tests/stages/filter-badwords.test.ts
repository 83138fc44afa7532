import { describe, expect, it } from 'vitest'
import type { Resources } from '../../src/stage/stage.js'
import { PhraseSet } from '../../src/text/phrase-set.js'
import stage from '../../stages/filter-badwords.js'
import { RESOURCES } from '../support/dedup.js'
import { prepared } from '../support/each-stage.js'
import { Random } from '../support/random.js'

const FILES: Readonly<Record<string, string>> = {
  '/lists/en': 'Turnip\nblue cheese\nf.i.g\n\n',
  '/lists/de.txt': 'käse\n',
  '/lists/ja': '茄子\nグロ\n',
  '/lists/es': 'Nabo\ncol\n',
  '/lists/fr': '\n',
}
const resources: Resources = {
  ...RESOURCES,
  readFile: async (path) => new TextEncoder().encode(FILES[path] ?? ''),
}
const lists = ['/lists/en', '/lists/de.txt', '/lists/ja']

describe('filter-badwords', () => {
  it.each([
    ['en', 'A TURNIP, please', true],
    ['en', 'turnips are fine', false],
    ['en', 'some (blue cheese)', true],
    ['en', 'blue  cheese', false],
    ['en', 'a f.i.g tree', true],
    ['en', 'a f.i.gs tree', false],
    ['en', 'turnip_soup', false],
    ['en', '𝒳turnip', false],
    ['de', 'Der Käse ist alt.', true],
    ['de', 'Ein turnip', false],
    ['ja', '私は茄子が好きです', true],
  ])('%s: %s', async (language, text, isBad) => {
    const judge = await prepared(stage, { lists }, resources)
    expect(judge(text, { language })).toMatchObject({ verdict: isBad ? 'drop' : 'keep', signals: { badword: isBad } })
    const annotate = await prepared(stage, { lists, action: 'annotate' }, resources)
    expect(annotate(text, { language })).toMatchObject({ verdict: 'keep', signals: { badword: isBad } })
  })

  it('lets languages without a list pass, unmeasured', async () => {
    const judge = await prepared(stage, { lists }, resources)
    expect(judge('turnip', { language: 'fr' })).toMatchObject({ verdict: 'keep', signals: {} })
  })

  it('leaves out what C4 takes off its lists', async () => {
    const judge = await prepared(stage, { lists }, resources)
    expect(judge('グロい話', { language: 'ja' }).signals.badword).toBe(false)
  })

  it('finds phrases with capitals in any case, but not by C4', async () => {
    const over = { lists: ['/lists/es'] }
    expect((await prepared(stage, over, resources))('Un Nabo.', { language: 'es' }).verdict).toBe('drop')
    const c4 = await prepared(stage, { ...over, ...stage.profiles?.c4 }, resources)
    expect(c4('Un Nabo.', { language: 'es' }).verdict).toBe('keep')
    expect(c4('Una Col.', { language: 'es' }).verdict).toBe('drop')
  })

  it('says how to come by a list', async () => {
    await expect(prepared(stage, { lists: [] }, resources)).rejects.toThrow(
      /lists: .*npx millrace badwords lists --languages en/,
    )
  })

  it('refuses an empty list, and two of one language', async () => {
    await expect(prepared(stage, { lists: ['/lists/fr'] }, resources)).rejects.toThrow(/fr: expected a word or phrase/)
    await expect(prepared(stage, { lists: ['/lists/en', '/other/en.txt'] }, resources)).rejects.toThrow(/two/)
  })
})

describe('phrase set', () => {
  it('finds what the regular expression of C4 finds', () => {
    const phrases = ['a', 'ab', 'b a', 'é', 'c.b', '-a', 'b-', '!!']
    const escaped = phrases.map((phrase) => phrase.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&').replace('\\-', '-'))
    const edge = '[^\\p{L}\\p{N}_]'
    const words = escaped.filter((phrase) => phrase !== '!!')
    const peer = new RegExp(`(?:${edge}|^)(?:${words.join('|')})(?:${edge}|$)|!!`, 'u')
    const set = new PhraseSet(phrases, true)
    for (let seed = 1; seed <= 3000; seed++) {
      const random = new Random(seed)
      const text = Array.from({ length: random.below(9) }, () => random.pick([...'abcé .-!_'])).join('')
      expect(set.find(text) !== null, JSON.stringify(text)).toBe(peer.test(text))
    }
  })
})
