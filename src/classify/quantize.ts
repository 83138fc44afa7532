/**
 * Makes a small model of a trained one (Joulin et al. 2016, "FastText.zip", sections 3 and 4; `FastText::quantize` of fastText
 * 0.9): keeps the rows of greatest norm, trains what is left once more if wished, and quantizes its rows by products of
 * centroids. Fewer than 256 rows, which fastText refuses, are their own centroids.
 */
import { ConfigError } from '../errors/errors.js'
import type { LabeledTexts } from './labeled-texts.js'
import { LINE_END } from './labeled-texts.js'
import type { DenseMatrix, DictionaryEntries, ModelFile } from './model-file.js'
import { quantizeMatrix } from './product-quantizer.js'
import { TextFeatures } from './text-features.js'
import { type Descent, descend, labelRows, type TrainingProgress } from './train.js'

export interface QuantizeOptions {
  /** Rows kept, the end-of-line word's among them; 0 for all. */
  readonly cutoff: number
  /** Columns a centroid covers. */
  readonly partLength: number
  /** Norms of rows apart, by a table of their own. */
  readonly normsApart: boolean
  readonly outputToo: boolean
  /** Trains the rows that are kept again; null: not. */
  readonly retrain: (Descent & { readonly texts: LabeledTexts; readonly minCountLabel: number }) | null
}

const OUTPUT_PART_LENGTH = 2

/** @throws ConfigError for a model that is quantized already */
export function quantizeModel(
  model: ModelFile,
  options: QuantizeOptions,
  show: (progress: TrainingProgress) => void,
): ModelFile {
  const { input, output } = model
  if (input.kind !== 'dense' || output.kind !== 'dense') throw new ConfigError('the model is quantized already')
  const { cutoff, partLength, normsApart, retrain } = options
  let kept: ModelFile & { readonly input: DenseMatrix; readonly output: DenseMatrix } = { ...model, input, output }
  if (cutoff > 0 && cutoff < input.rows) {
    kept = { ...kept, ...prune(model.entries, input, cutoff) }
    if (retrain !== null) retrainModel(kept, retrain, show)
  }
  return {
    ...kept,
    input: quantizeMatrix(kept.input, partLength, normsApart),
    output: options.outputToo ? quantizeMatrix(output, OUTPUT_PART_LENGTH, normsApart) : output,
  }
}

/** The `cutoff` rows of greatest norm, words first in their order, then buckets, the greatest first. */
function prune(
  entries: DictionaryEntries,
  input: DenseMatrix,
  cutoff: number,
): { entries: DictionaryEntries; input: DenseMatrix } {
  const { wordCount } = entries
  const norms = rowNorms(input)
  const end = wordNumber(entries, LINE_END)
  if (end >= 0) norms[end] = Number.POSITIVE_INFINITY
  const ranked = Array.from(norms.keys())
    .sort((a, b) => norms[b] - norms[a] || a - b)
    .slice(0, cutoff)
  const words = ranked.filter((row) => row < wordCount).sort((a, b) => a - b)
  const buckets = ranked.filter((row) => row >= wordCount)
  const values = new Float32Array(cutoff * input.columns)
  for (const [i, row] of [...words, ...buckets].entries()) {
    values.set(input.values.subarray(row * input.columns, (row + 1) * input.columns), i * input.columns)
  }
  return {
    input: { kind: 'dense', rows: cutoff, columns: input.columns, values },
    entries: {
      ...entries,
      wordCount: words.length,
      wordStart: Uint32Array.from(words, (word) => entries.wordStart[word]),
      wordEnd: Uint32Array.from(words, (word) => entries.wordEnd[word]),
      wordCounts: Float64Array.from(words, (word) => entries.wordCounts[word]),
      pruneIndex: Int32Array.from(buckets.flatMap((row, i) => [row - wordCount, i])),
    },
  }
}

function retrainModel(
  model: ModelFile & { readonly input: DenseMatrix; readonly output: DenseMatrix },
  retrain: NonNullable<QuantizeOptions['retrain']>,
  show: (progress: TrainingProgress) => void,
): void {
  const { texts, minCountLabel } = retrain
  // Rows by spelling: the dictionary has lost some of its words, and the others have moved up.
  const { bytes, starts, ends } = texts.spelledWords()
  const decoder = new TextDecoder()
  const rowOf = new Map(
    Array.from(model.entries.wordStart, (start, word) => [
      decoder.decode(model.entries.bytes.subarray(start, model.entries.wordEnd[word])),
      word,
    ]),
  )
  const rowOfWord = Int32Array.from(
    starts,
    (start, word) => rowOf.get(decoder.decode(bytes.subarray(start, ends[word]))) ?? -1,
  )
  const { rowOfLabel } = texts.dictionary(model.args.minCount, minCountLabel)
  const features = new TextFeatures(texts, model.entries, model.args, rowOfWord)
  descend(model, features, labelRows(texts, rowOfLabel), retrain, show)
}

function rowNorms({ values, rows, columns }: DenseMatrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += values[i] * values[i]
    return Math.sqrt(sum)
  })
}

function wordNumber({ bytes, wordStart, wordEnd }: DictionaryEntries, word: string): number {
  const wanted = new TextEncoder().encode(word)
  return wordStart.findIndex(
    (start, i) => wordEnd[i] - start === wanted.length && wanted.every((byte, j) => bytes[start + j] === byte),
  )
}
