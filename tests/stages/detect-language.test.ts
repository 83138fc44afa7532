import { describe, expect, it } from 'vitest'
import { readShippedModel } from '../../src/classify/shipped-model.js'
import { ConfigError } from '../../src/errors/errors.js'
import detectLanguage from '../../stages/detect-language.js'
import { RESOURCES } from '../support/dedup.js'
import { prepared } from '../support/each-stage.js'
import { modelFile } from '../support/fasttext-file.js'
import { Random } from '../support/random.js'

const ENGLISH = 'The ferry leaves the harbour at seven and comes back before it gets dark, weather permitting.'
const GERMAN = 'Die Fähre verlässt den Hafen um sieben und kommt vor der Dunkelheit zurück, wenn das Wetter hält.'

describe('detect-language', () => {
  it('sets the language and keeps any by default', async () => {
    const detect = await prepared(detectLanguage)
    for (const [text, language] of [
      [ENGLISH, 'en'],
      [GERMAN, 'de'],
    ]) {
      const outcome = detect(text)
      expect(outcome).toMatchObject({ verdict: 'keep', edit: { language }, signals: { language } })
      expect(outcome.signals.languageScore).toBeGreaterThan(0.65)
      expect(outcome.signals.languageMargin).toBeGreaterThan(0.3)
      expect(outcome.signals).not.toHaveProperty('languageWantedScore')
    }
  })

  it('drops another language, and a wanted one that is uncertain, for different reasons', async () => {
    const detect = await prepared(detectLanguage, { languages: ['en'] })
    expect(detect(ENGLISH)).toMatchObject({ verdict: 'keep', edit: { language: 'en' } })
    expect(detect(GERMAN)).toMatchObject({ verdict: 'drop', reason: 'language', signals: { language: 'de' } })
    // An empty text: fastText still scores the end of the line, English by 0.12.
    expect(detect('')).toMatchObject({ verdict: 'drop', reason: 'languageScore', signals: { language: 'en' } })
    const any = await prepared(detectLanguage)
    expect(any('')).toMatchObject({ verdict: 'drop', reason: 'languageScore' })
  })

  it('lets scores pass that are more than the threshold, not equal to it', async () => {
    const score = (await prepared(detectLanguage))(GERMAN).signals.languageScore as number // declared a number
    const at = await prepared(detectLanguage, { languages: ['de'], scoreMin: score })
    expect(at(GERMAN)).toMatchObject({ verdict: 'drop', reason: 'languageScore' })
    const below = await prepared(detectLanguage, { languages: ['de'], scoreMin: score - 1e-9 })
    expect(below(GERMAN).verdict).toBe('keep')
  })

  it('passes a document whose wanted label is not the best', async () => {
    const mixed = [GERMAN, ...Array(5).fill(ENGLISH)].join(' ')
    const ranked = (await prepared(detectLanguage, { languages: ['de'], action: 'annotate', scoreMin: 0.01 }))(mixed)
    expect(ranked.signals.language).toBe('en')
    const wantedScore = ranked.signals.languageWantedScore as number // declared a number
    expect(wantedScore).toBeGreaterThan(0.02)
    const lower = await prepared(detectLanguage, { languages: ['de'], scoreMin: wantedScore - 0.01 })
    expect(lower(mixed)).toMatchObject({ verdict: 'keep', edit: { language: 'en' } })
    const higher = await prepared(detectLanguage, { languages: ['de'], scoreMin: wantedScore + 0.01 })
    expect(higher(mixed)).toMatchObject({ verdict: 'drop', reason: 'language' })
  })

  it('keeps everything when it annotates', async () => {
    const detect = await prepared(detectLanguage, { languages: ['en'], action: 'annotate' })
    expect(detect(GERMAN)).toMatchObject({ verdict: 'keep', edit: { language: 'de' } })
    expect(detect('')).toMatchObject({ verdict: 'keep' })
  })

  it('takes line breaks as spaces', async () => {
    for (const engine of ['millrace', 'fasttext'] as const) {
      const detect = await prepared(detectLanguage, { engine })
      expect(detect(ENGLISH.replaceAll(' ', '\n'))).toEqual(detect(ENGLISH))
    }
  })

  it('gives the same verdicts with either engine', async () => {
    const own = await prepared(detectLanguage, { languages: ['en', 'fr'], scoreMin: 0.3 })
    const wasm = await prepared(detectLanguage, { languages: ['en', 'fr'], scoreMin: 0.3, engine: 'fasttext' })
    for (const text of [ENGLISH, GERMAN, `${ENGLISH} ${GERMAN}`, '', 'x', 'Bonjour tout le monde']) {
      const [a, b] = [own(text), wasm(text)]
      expect([a.verdict, a.reason, a.signals.language]).toEqual([b.verdict, b.reason, b.signals.language])
      expect(a.signals.languageScore).toBeCloseTo(Number(b.signals.languageScore), 5)
    }
  })

  it('looks at the beginning only, never at half a pair', async () => {
    const whole = await prepared(detectLanguage, { action: 'annotate' })
    const detect = await prepared(detectLanguage, { lengthMax: ENGLISH.length, action: 'annotate' })
    expect(detect(ENGLISH + GERMAN.repeat(9))).toEqual(whole(ENGLISH))
    const cut = await prepared(detectLanguage, { lengthMax: 6, action: 'annotate' })
    expect(cut('hello😀 abc')).toEqual(whole('hello'))
    expect(cut('hell😀 abc')).toEqual(whole('hell😀'))
  })

  it('reads a model by path', async () => {
    const lid = await readShippedModel()
    const resources = {
      ...RESOURCES,
      readFile: async (path: string) => (path === '/models/a.ftz' ? lid : new Uint8Array(9)),
    }
    const detect = await prepared(detectLanguage, { model: '/models/a.ftz' }, resources)
    expect(detect(ENGLISH)).toEqual((await prepared(detectLanguage))(ENGLISH))
    const broken = prepared(detectLanguage, { model: '/models/b.ftz' }, resources)
    await expect(broken).rejects.toThrow('/models/b.ftz: byte 4: not a fastText model')
  })

  it('asks one-vs-all models for all labels, whose scores do not sum to one', async () => {
    const { bytes } = modelFile(new Random(5), { loss: 4 })
    const resources = { ...RESOURCES, readFile: async () => bytes }
    const over = { model: '/ova.ftz', engine: 'fasttext', action: 'annotate' } as const
    const scores = await Promise.all(
      ['de', 'fr', 'xx'].map(async (language) => {
        const detect = await prepared(detectLanguage, { ...over, languages: [language] }, resources)
        return detect('ein Wort').signals.languageWantedScore as number // declared a number
      }),
    )
    expect(scores.every((score) => score > 0)).toBe(true)
  })

  it('refuses a language that the model does not know', async () => {
    const call = prepared(detectLanguage, { languages: ['en', 'eng'] })
    await expect(call).rejects.toThrow(ConfigError)
    await expect(call).rejects.toThrow(/the model has no label "eng"; it has af, als, am/)
  })
})
