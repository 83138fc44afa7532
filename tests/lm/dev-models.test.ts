/** The same model in KenLM's forms and as ARPA, against the scores that KenLM gives, token by token. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encodeModel } from '../../src/lm/mlm-file.js'
import { memoryModelFile } from '../../src/lm/model-file.js'
import { viewTables } from '../../src/lm/model-tables.js'
import { buildModel, type NgramModel, openModel, perplexityOf } from '../../src/lm/ngram-model.js'
import { dataFolder, dataPath } from '../support/data.js'
import { separated } from '../support/ngram-file.js'

interface ScoredText {
  readonly tokens: string
  readonly oov: number
  readonly perplexity: number
  readonly token_log10: readonly number[]
  readonly token_ngram: readonly number[]
  readonly log10_arpa: number
  readonly log10_probing: number
  readonly log10_trie: number
  readonly log10_qtrie: number
}

function unpacked(name: string): Buffer {
  return gunzipSync(readFileSync(dataPath(`kenlm/${name}.gz`)))
}

function open(name: string): NgramModel {
  return openModel(buildModel(memoryModelFile(unpacked(name)), name))
}

describe.skipIf(!dataFolder)('models of the development data (needs MILLRACE_DATA)', () => {
  const texts = (): ScoredText[] =>
    unpacked('scores.jsonl')
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))

  /** Holds every token to KenLM's log10 where they are given for this form, and each text's sum. */
  function check(model: NgramModel, sum: keyof ScoredText & `log10_${string}`, exact: boolean): void {
    let worst = 0
    let worstSum = 0
    for (const text of texts()) {
      const lengths: number[] = []
      const logs: number[] = []
      const score = model.score(text.tokens.split(' '), (log10, length) => {
        logs.push(log10)
        lengths.push(length)
      })
      expect(lengths).toEqual(text.token_ngram)
      expect(score.oovCount).toBe(text.oov)
      expect(score.tokenCount).toBe(text.token_ngram.length)
      worstSum = Math.max(worstSum, Math.abs(score.log10 - text[sum]) / score.tokenCount)
      if (!exact) continue
      for (const [i, log10] of logs.entries()) worst = Math.max(worst, Math.abs(log10 - text.token_log10[i]))
      expect(Math.abs(perplexityOf(score) / text.perplexity - 1)).toBeLessThan(1e-4)
    }
    expect(worst).toBeLessThan(1e-6)
    expect(worstSum).toBeLessThan(2e-5) // KenLM sums in 32-bit floats
  }

  it('ARPA', () => check(open('dev.arpa'), 'log10_arpa', true))
  it('probing', () => check(open('dev.probing.binary'), 'log10_probing', true))
  it('trie', () => check(open('dev.trie.binary'), 'log10_trie', true))
  it('quantized trie', () => check(open('dev.qtrie.binary'), 'log10_qtrie', false))
  it('quantized, array-compressed trie', () => check(open('dev.qatrie.binary'), 'log10_qtrie', false))

  it('our own form, through a file', () => {
    const tables = buildModel(memoryModelFile(unpacked('dev.arpa')), 'dev.arpa')
    const file = Buffer.concat([...encodeModel(tables)])
    const again = buildModel(memoryModelFile(file), 'dev.mlm')
    check(openModel(again), 'log10_arpa', true)
  })

  it('gives the same numbers from a memory for each table, from lines and from tokens', () => {
    for (const name of ['dev.probing.binary', 'dev.qatrie.binary']) {
      const shared = buildModel(memoryModelFile(unpacked(name)), name)
      const [together, apart] = [openModel(shared), openModel(separated(shared))]
      for (const { tokens } of texts()) {
        const score = together.scoreLine(tokens)
        expect(apart.scoreLine(tokens)).toEqual(score)
        expect(apart.score(tokens.split(' '))).toEqual(score)
        expect(together.score(tokens.split(' '))).toEqual(score)
      }
    }
  })

  it('the probing file gives the same n-gram tables as the ARPA file that it was made from', () => {
    const [fromArpa, fromProbing] = ['dev.arpa', 'dev.probing.binary'].map((name) => {
      const { buffer, byteOffset, byteLength } = viewTables(buildModel(memoryModelFile(unpacked(name)), name))[1]
      return Buffer.from(buffer, byteOffset, byteLength)
    })
    expect(fromArpa.length).toBeGreaterThan(2 ** 20)
    expect(Buffer.compare(fromArpa, fromProbing)).toBe(0)
  })
})
