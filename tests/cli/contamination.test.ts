import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { contaminationLines } from '../../src/cli/contamination.js'
import { Terminal } from '../../src/cli/terminal.js'

const stream = () => new PassThrough()
const terminal = new Terminal({ stdin: stream(), stdout: stream(), stderr: stream(), env: {} })

it('shows sums by benchmark and passages side by side, nothing that a terminal obeys', () => {
  const example = {
    bench: 'quiz',
    item: 'q1',
    document: 'd\u001b[2J7',
    url: '',
    overlap: 0.5,
    longestRun: 14,
    contaminates: true,
    passages: [
      { document: 'ALPHA\n\nBRAVO \u202e', benchmark: 'alpha, bravo' },
      { document: 'more', benchmark: 'more' },
    ],
  }
  const zero = { contaminated: 0, partial: 0, unsearchable: 0, documents: 0, overlapMean: 0, examples: [] }
  const benchmarks = [
    {
      ...zero,
      bench: 'quiz',
      items: 1200,
      contaminated: 12,
      partial: 3,
      documents: 7,
      overlapMean: 0.01,
      examples: [example],
    },
    { ...zero, bench: 'sums', items: 1, unsearchable: 1 },
  ]
  expect(contaminationLines({ stage: 'decontaminate', benchmarks }, 'run/artifacts/decontaminate', terminal)).toEqual([
    '  quiz  1,200 items  12 contaminated (1.0 %)  by 7 documents  3 in part  0 unsearchable  mean overlap 1.0 %',
    '  sums       1 item   0 contaminated (0.0 %)  by 0 documents  0 in part  1 unsearchable  mean overlap 0.0 %',
    '  q1 in d\\u{1b}[2J7: overlap 50.0 %, run of 14 words',
    '    document   ALPHA BRAVO \\u{202e}',
    '    benchmark  alpha, bravo',
    '  every item and match: run/artifacts/decontaminate',
  ])
})
