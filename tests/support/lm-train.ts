/** Trains models in a test, and reads ARPA text in the plainest way. */

import { expandPatterns } from '../../src/io/input-files.js'
import { arpaText } from '../../src/lm/train-arpa.js'
import { DISCOUNT_FALLBACK } from '../../src/lm/train-discounts.js'
import { readSentences, type TrainingTextForm } from '../../src/run/lm-text.js'
import { type TrainOptions, type TrainSummary, trainModel } from '../../src/run/lm-train.js'

const SPACED: TrainingTextForm = { isJson: false, isJoined: false, tokenize: null }

export async function trainArpa(
  files: readonly string[],
  options: Partial<TrainOptions> & Pick<TrainOptions, 'order' | 'temporaryFolder'>,
  form = SPACED,
): Promise<{ arpa: Buffer; summary: TrainSummary }> {
  const defaults = { prune: [0], discountFallback: DISCOUNT_FALLBACK, memoryBytes: 2 ** 28, workers: 1 }
  const text = readSentences(await expandPatterns(files, '/'), form)
  return trainModel(
    text,
    { ...defaults, ...options },
    () => {},
    (model) => {
      const pieces: Buffer[] = []
      for (const piece of arpaText(model)) pieces.push(Buffer.from(piece))
      return { arpa: Buffer.concat(pieces), summary: model.summary }
    },
  )
}

export interface Arpa {
  readonly counts: readonly number[]
  /** log10 probability and back-off, 0 where none is written; in the order of the file. */
  readonly ngrams: ReadonlyMap<string, readonly [number, number]>
}

export function readArpa(bytes: Buffer): Arpa {
  const counts: number[] = []
  const ngrams = new Map<string, readonly [number, number]>()
  for (const line of bytes.toString('utf8').split('\n')) {
    const fields = line.split('\t')
    if (line.startsWith('ngram ')) counts.push(Number(line.split('=')[1]))
    else if (fields.length > 1) ngrams.set(fields[1], [Number(fields[0]), Number(fields[2] ?? 0)])
  }
  return { counts, ngrams }
}
