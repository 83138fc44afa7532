/** `millrace lm train`, run as a user runs it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { memoryModelFile } from '../../src/lm/model-file.js'
import { buildModel, openModel } from '../../src/lm/ngram-model.js'
import { millrace } from '../support/cli.js'
import { call } from '../support/command-line.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'
import { sentencePieceModel } from '../support/sentencepiece-file.js'

const folder = temporaryFolder()
const random = new Random(5)
const WORDS = ['the', 'mill', 'stands', 'by', 'a', 'river', 'and', 'turns', 'slowly', 'stone']
const sentences = Array.from({ length: 400 }, () =>
  Array.from({ length: 3 + random.below(9) }, () => WORDS[Math.floor(10 * random.next() ** 2)]).join(' '),
)
writeFileSync(join(folder, 'text.txt'), `${sentences.join('\n')}\n`)
writeFileSync(
  join(folder, 'text.jsonl'),
  sentences.map((text) => `${JSON.stringify({ text: text.toUpperCase() })}\n`).join(''),
)

const train = (...args: string[]) => millrace(['lm', 'train', ...args], { cwd: folder })

describe('lm train', () => {
  it('writes the same ARPA for any number of workers and memory, and leaves nothing else', async () => {
    const common = ['--order', '4', '--prune', '0,0,1', '--discount-fallback']
    const one = await train(...common, '--workers', '1', '--output', 'one.arpa', 'text.txt')
    expect(one).toMatchObject({ code: 0 })
    expect(one.stdout).toMatch(/^400 sentences, [\d,]+ tokens\n\norder {2}n-grams seen/)
    expect(one.stderr).toContain('pass 4/4 interpolate')
    const more = ['--workers', '3', '--memory', '1MiB', '--output', 'three.arpa', '--quiet', 'text.txt']
    expect(await train(...common, ...more)).toMatchObject({ code: 0 })
    expect(readFileSync(join(folder, 'three.arpa')).equals(readFileSync(join(folder, 'one.arpa')))).toBe(true)
    expect(readdirSync(folder).sort()).toEqual(['one.arpa', 'text.jsonl', 'text.txt', 'three.arpa'])
  })

  it('writes our own format, which scores as the ARPA file does', async () => {
    const common = ['--discount-fallback', '--order', '3', '--workers', '2', '--quiet']
    expect(await train(...common, '--output', 'm.arpa', 'text.txt')).toMatchObject({ code: 0 })
    const json = ['--jsonl', '--tokens', 'plain', 'text.jsonl']
    expect(await train(...common, '--output', 'm.mlm', ...json)).toMatchObject({ code: 0 })
    const [arpa, own] = ['m.arpa', 'm.mlm'].map((name) =>
      openModel(buildModel(memoryModelFile(readFileSync(join(folder, name))), name)),
    )
    for (const text of ['the mill turns', 'stone stone unknown stone', '']) {
      const tokens = text.split(' ').filter(Boolean)
      expect(own.score(tokens).log10).toBeCloseTo(arpa.score(tokens).log10, 5)
    }
  })

  it('splits text as CCNet does: normalized, a document a sentence, in pieces', async () => {
    const pieces = ['go', 'od', '▁', 'te', 'xt'].map((piece) => [piece, -1] as const)
    writeFileSync(join(folder, 'sp.model'), sentencePieceModel({ pieces }))
    const text = ['Góod text', 'good\ntext', ' ', 'text 19'].map((text) => `${JSON.stringify({ text })}\n`).join('')
    writeFileSync(join(folder, 'ccnet.jsonl'), text)
    const ccnet = ['--tokens', 'ccnet', '--sentencepiece', 'sp.model']
    const common = ['--order', '2', '--discount-fallback', '--quiet']
    const form = ['--jsonl', '--joined', ...ccnet, 'ccnet.jsonl']
    expect(await train(...common, '--output', 'ccnet.arpa', ...form)).toMatchObject({ code: 0 })
    const pretext = '▁ go od ▁ te xt\n▁ go od te xt\n▁ te xt ▁ 00\n'
    writeFileSync(join(folder, 'pieces.txt'), pretext)
    expect(await train(...common, '--output', 'pieces.arpa', 'pieces.txt')).toMatchObject({ code: 0 })
    const [own, made] = ['ccnet.arpa', 'pieces.arpa'].map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(own).toBe(made)
    const score = ['lm', 'score', '--model', 'ccnet.arpa', ...ccnet]
    const { stdout } = await millrace(score, { cwd: folder, input: 'Good TÉXT 77\n' })
    expect(JSON.parse(stdout)).toMatchObject({ tokens: 8, oov: 0 })
  })

  it.each([
    [['--tokens', 'space', '--sentencepiece', 'm'], 2, /--sentencepiece: expected --tokens ccnet with it, got space/],
    [['--tokens', 'ccnet', '--sentencepiece', join(folder, 'text.txt')], 2, /text\.txt: /],
    [['--tokens', 'ccnet', '--sentencepiece', join(folder, 'none.model')], 1, /none\.model: no such file/],
    [['--joined'], 2, /--joined: expected --jsonl with it/],
  ] as const)('%j ends with %i', async (args, expected, message) => {
    const common = ['lm', 'train', '--output', join(folder, 'no.arpa'), join(folder, 'text.txt')]
    const { code, stderr } = await call([...common, ...args])
    expect(stderr).toMatch(message)
    expect(code).toBe(expected)
  })

  it('says what a text lacks, and how to go on', async () => {
    writeFileSync(join(folder, 'few.txt'), 'a b\n<s> c\n')
    const bare = await train('--output', 'few.arpa', 'few.txt')
    expect(bare).toMatchObject({ code: 2, stdout: '' })
    expect(bare.stderr).toContain('--discount-fallback')
    const helped = await train('--output', 'few.arpa', '--order', '2', 'few.txt', '--discount-fallback')
    expect(helped.code).toBe(0)
    expect(helped.stderr).toContain('warning: 1 token <s>, </s> or <unk>')
    expect(helped.stderr).toContain('warning: 2-grams: too few counts')
  })

  it.each([
    [
      'an unknown kind of model',
      ['--output', 'x.bin', 'text.txt'],
      '--output: expected a name ending in .arpa or .mlm',
    ],
    ['no such text', ['--output', 'x.arpa', 'none.txt'], 'none.txt: expected a file, got none'],
    ['an order too high', ['--output', 'x.arpa', '--order', '7', 'text.txt'], 'order: expected 2 to 6, got 7'],
    ['thresholds that fall', ['--output', 'x.arpa', '--prune', '0,2,1', 'text.txt'], 'none below the one before'],
    ['no memory', ['--output', 'x.arpa', '--memory', '3KiB', 'text.txt'], 'at least 1MiB'],
    [
      'discounts above the count',
      ['--output', 'x.arpa', 'text.txt', '--discount-fallback', '2,1,1'],
      'at most 1, 2 and 3',
    ],
  ])('ends with 2 for %s', async (_, args, message) => {
    const { code, stderr } = await train(...args)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
    expect(readdirSync(folder).some((name) => name.startsWith('lm-train-') || name.endsWith('.part'))).toBe(false)
  })
})
