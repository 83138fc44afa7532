/** Models against those that lmplz made of the same text. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { DISCOUNT_FALLBACK } from '../../src/lm/train-discounts.js'
import { dataFolder, dataPath } from '../support/data.js'
import { temporaryFolder } from '../support/folder.js'
import { readArpa, trainArpa } from '../support/lm-train.js'

const folder = temporaryFolder()

describe.skipIf(!dataFolder)('training as lmplz (needs MILLRACE_DATA)', () => {
  it.each([
    ['kenlm/tiny.train.txt.gz', 'kenlm/tiny.o3.unpruned.arpa.gz', 3, [0]],
    ['kenlm/train.txt.gz', 'kenlm/dev.arpa.gz', 5, [0, 0, 1, 1, 1]],
  ])('%s gives the n-grams of %s, with values to 1e-4', async (text, gold, order, prune) => {
    const { arpa } = await trainArpa([dataPath(text)], {
      order,
      prune,
      discountFallback: DISCOUNT_FALLBACK,
      temporaryFolder: folder,
    })
    const expected = readArpa(gunzipSync(readFileSync(dataPath(gold))))
    const trained = readArpa(arpa)
    expect(trained.counts).toEqual(expected.counts)
    expect([...trained.ngrams.keys()].join('\n') === [...expected.ngrams.keys()].join('\n')).toBe(true)
    let worst = 0
    for (const [ngram, values] of expected.ngrams) {
      const own = trained.ngrams.get(ngram) ?? [Number.NaN, Number.NaN]
      worst = Math.max(worst, Math.abs(own[0] - values[0]), Math.abs(own[1] - values[1]))
    }
    expect(worst).toBeLessThan(1e-4)
  })
})
