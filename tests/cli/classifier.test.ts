/** `millrace classifier train` and `score`: files in, a model out, labels out. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { loadFastTextModel } from '../../src/classify/fasttext-model.js'
import { call } from '../support/command-line.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()
const ROWS = Array.from({ length: 120 }, (_, i) =>
  i % 2
    ? { text: `warm bread and butter ${i % 7}`, label: 'food' }
    : { text: `cold wind and rain ${i % 7}`, label: 'weather' },
)
const json = join(folder, 'texts.jsonl.gz')
writeFileSync(json, gzipSync(ROWS.map((row) => JSON.stringify(row)).join('\n')))
const text = join(folder, 'texts.txt')
writeFileSync(text, ROWS.map((row) => `__label__${row.label} ${row.text}\n`).join(''))
const SMALL = ['--dimension', '8', '--epochs', '10', '--word-ngrams', '2', '--bucket', '500', '--learning-rate', '0.5']
const train = (...args: string[]) => call(['classifier', 'train', ...SMALL, ...args])

describe('classifier train and score', () => {
  it('makes the same model of JSON Lines and of text, and labels with it', async () => {
    const [a, b] = [join(folder, 'a.bin'), join(folder, 'b.bin')]
    const trained = await train('--output', a, json)
    expect(trained).toMatchObject({ code: 0 })
    expect(trained.stdout).toMatch(/^120 texts, [\d,]+ words; 15 of them and 2 labels in the dictionary\n/)
    expect(await train('--output', b, text)).toMatchObject({ code: 0 })
    expect(Buffer.compare(readFileSync(a), readFileSync(b))).toBe(0)
    const input = '{"text":"bread, butter and warm milk"}\n{"text":"rain and a cold wind"}\n{"text":7}\nno\n'
    const scored = await call(['classifier', 'score', '--model', a, '--top', '1'], input)
    expect(scored.code).toBe(1)
    const lines = scored.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0].labels[0].label).toBe('food')
    expect(lines[1].labels).toMatchObject([{ label: 'weather' }])
    expect(lines[2]).toEqual({ line: 3, error: 'text: expected a string, got number' })
    expect(lines[3]).toMatchObject({ line: 4 })
  })

  it('quantizes', async () => {
    const small = join(folder, 'small.ftz')
    expect(await train('--output', small, '--cutoff', '60', '--retrain', '--norms', json)).toMatchObject({ code: 0 })
    expect(loadFastTextModel(readFileSync(small), small).predict('warm bread', 1)[0].label).toBe('food')
  })

  it.each([
    [['--output', 'x.model'], /--output: expected a name ending in \.bin or \.ftz, got x\.model/],
    [['--output', 'x.bin', '--cutoff', '9'], /expected --output \*\.ftz/],
    [['--output', 'x.ftz', '--retrain'], /--retrain: expected --cutoff/],
    [['--output', 'x.bin', '--minn', '3'], /--minn: expected at most --maxn, 0, got 3/],
    [['--output', 'x.bin', '--learning-rate', '0'], /expected a number above 0/],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, stderr } = await train(...args, json)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('names the line that can not be used', async () => {
    const bad = join(folder, 'bad.jsonl')
    writeFileSync(bad, '{"text":"a","label":"x"}\n{"text":"b","label":"two words"}\n')
    const { code, stderr } = await train('--output', join(folder, 'x.bin'), bad)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/line 2: label: expected a string without spaces/)])
  })

  it('refuses a file that is no model', async () => {
    const { code, stderr } = await call(['classifier', 'score', '--model', json], '')
    expect([code, stderr]).toEqual([2, expect.stringMatching(/not a fastText model/)])
  })
})
