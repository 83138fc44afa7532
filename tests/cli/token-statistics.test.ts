import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { Terminal } from '../../src/cli/terminal.js'
import { tokenStatisticsLines } from '../../src/cli/token-statistics.js'
import { summarizeTokens, trainingSizes } from '../../src/tokenizer/token-summary.js'

const stream = () => new PassThrough()
const terminal = new Terminal({ stdin: stream(), stdout: stream(), stderr: stream(), env: {} })

const tally = (documents: number, bytes: number, tokens: number, words: number, wordsTokens: number) => ({
  documents,
  bytes,
  tokens,
  words,
  wordsTokens,
})

const TEXTS = ['a', 'the', '\u001b[2J', ' tokenization', 'never']
const summary = {
  ...summarizeTokens(
    {
      vocabularySize: 6,
      all: tally(1_200, 5_000_000, 1_250_000, 800_000, 1_000_000),
      languages: [
        ['de', tally(200, 1_000_000, 350_000, 0, 0)],
        ['en', tally(1_000, 4_000_000, 900_000, 800_000, 1_000_000)],
      ],
      sources: [['web', tally(1_200, 5_000_000, 1_250_000, 800_000, 1_000_000)]],
      counts: [0, 5, 1, 50, 2, 500, 3, 5_000],
    },
    { size: 6, bytesOf: (id) => (id < 5 ? Buffer.from(TEXTS[id]) : null) },
  ),
  training: trainingSizes(1.5e12),
}

it('shows the statistics of a corpus, escaped', () => {
  expect(tokenStatisticsLines(summary, terminal)).toEqual([
    '1,250,000 tokens in 1,200 documents, 5.00 MB',
    '',
    'language  documents     tokens    share  bytes/token  tokens/word',
    'all           1,200  1,250,000  100.0 %         4.00         1.25',
    'en            1,000    900,000   72.0 %         4.44         1.25',
    'de              200    350,000   28.0 %         2.86            -',
    '',
    'use of the vocabulary',
    '1 of 5 tokens never occur (20.0 %); of those that do, 1 fewer than 10 times, 2 fewer than 100 times, 3 fewer than 1,000 times',
    'never used, the longest: "never"',
    'longest that occur: " tokenization" "\\u{1b}[2J" "the" "a"',
    '',
    'enough for a model of',
    'each seen once  4 times  tokens a parameter',
    '          75 B    300 B                  20  compute-optimal (Hoffmann et al. 2022)',
    '         7.5 B     30 B                 200  cheaper to run, as LLaMA 7B (149) and Llama 2 7B (about 300)',
    '         800 M    3.2 B               1,875  far beyond, as Llama 3 8B',
  ])
})

it('shows as many groups as asked for, and sources where there are several', () => {
  const two = { ...summary, sources: [...summary.sources, { ...summary.sources[0], name: 'books' }] }
  const lines = tokenStatisticsLines(two, terminal, 1)
  expect(lines.filter((line) => /^(en|de|web|books|and)\b/.test(line)).map((line) => line.slice(0, 12))).toEqual([
    'en          ',
    'and 1 more',
    'web         ',
    'and 1 more',
  ])
})
