/** `millrace tokenizer train`: files in, tokenizer.json and a report out. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { millrace } from '../support/cli.js'
import { call } from '../support/command-line.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()
const random = new Random(5)
const WORDS = ['the', 'mill', 'stands', 'by', 'a', 'river', 'and', 'turns', 'slowly', 'stone', 'stones', 'standing']
const TEXTS = Array.from({ length: 400 }, () =>
  Array.from({ length: 3 + random.below(9) }, () => WORDS[Math.floor(12 * random.next() ** 2)]).join(' '),
)
const text = join(folder, 'text.txt')
writeFileSync(text, TEXTS.map((line) => `${line}\n`).join(''))
const out = join(folder, 'out')
mkdirSync(out)
const output = join(out, 'tokenizer.json')

const train = (...args: string[]) => call(['tokenizer', 'train', '--workers', '1', ...args])

describe('tokenizer train', () => {
  it('writes a tokenizer that encodes and decodes, and says what it is', async () => {
    const trained = await train(
      '--output',
      output,
      '--vocabulary-size',
      '300',
      '--special-tokens',
      '<|end|>',
      '--',
      text,
    )
    expect(trained.stderr).not.toContain('warning')
    expect(trained).toMatchObject({ code: 0 })
    expect(trained.stdout).toMatch(
      /^400 texts, [\d.]+ kB\n[\d,]+ words, 25 of them distinct\n43 merges in 1 phase; 300 tokens in the vocabulary\n/,
    )
    expect(trained.stdout).toMatch(/longest tokens\n +id +bytes +occurs +token\n/)
    expect(trained.stderr).toMatch(/pass 1\/3 count(.|\n)*pass 3\/3 learn {2}100 % {2}43\/43 tasks/)
    expect(readdirSync(out)).toEqual(['tokenizer.json'])
    const line = JSON.stringify({ text: 'the mill stands<|end|>' })
    const { stdout } = await call(['tokenizer', 'encode', '--tokenizer', output, '--special', '<|end|>'], line)
    const { ids } = JSON.parse(stdout)
    expect(ids.length).toBeLessThan(8)
    expect(ids.at(-1)).toBe(0)
    const decoded = await call(['tokenizer', 'decode', '--tokenizer', output], stdout)
    expect(decoded.stdout).toContain('the mill stands')
  })

  it('gives the same file for several threads and little memory, from a run folder too', async () => {
    const config = join(folder, 'run.yaml')
    const jsonl = join(folder, 'texts.jsonl')
    writeFileSync(jsonl, TEXTS.map((line) => `${JSON.stringify({ text: line })}\n`).join(''))
    writeFileSync(
      config,
      `name: t\ninput: { jsonl: ${jsonl} }\nstages: []\noutput: { arrow: ${join(folder, 'run')} }\n`,
    )
    expect(await millrace(['run', config])).toMatchObject({ code: 0 })
    const common = ['--vocabulary-size', '290', '--output']
    const one = join(out, 'one.json')
    const two = join(out, 'two.json')
    expect(await train(...common, one, jsonl)).toMatchObject({ code: 0 })
    const several = ['--workers', '2', '--memory', '16MiB', join(folder, 'run')]
    expect(await millrace(['tokenizer', 'train', ...common, two, ...several])).toMatchObject({ code: 0 })
    expect(readFileSync(two, 'utf8')).toBe(readFileSync(one, 'utf8'))
  })

  it('takes a regular expression, digits, ties and an alphabet', async () => {
    const numbers = join(folder, 'numbers.txt')
    writeFileSync(numbers, 'a1234 b1234\n'.repeat(20))
    const small = ['--alphabet', 'seen', '--vocabulary-size', '12', '--ties', 'greatest-bytes', '--output', output]
    const merges = async (...args: string[]) => {
      const { code } = await train(...small, ...args, numbers)
      expect(code).toBe(0)
      return JSON.parse(readFileSync(output, 'utf8')).model.merges
    }
    expect(await merges('--digits', 'one')).toEqual([['Ġ', 'b']])
    expect(await merges('--pattern', '[0-9]|[^0-9]+')).toEqual([['Ġ', 'b']])
    // 12, 23 and 34 count 40 each; of their byte strings, 3 4 is the greatest.
    expect(await merges('--minimum-frequency', '21')).toEqual([
      ['3', '4'],
      ['2', '34'],
      ['1', '234'],
    ])
  })

  it('warns of fewer merges than asked for, of what was left out, and of weights without a text', async () => {
    const odd = join(folder, 'odd.jsonl')
    writeFileSync(odd, '{"text":"abab"}\nno json\n{"text":"ab"}\n')
    const { code, stderr } = await train('--output', output, '--weight', 'fr=2', odd)
    expect(code).toBe(0)
    expect(stderr).toContain(`warning: ${odd}: 1 × json left out`)
    expect(stderr).toContain('warning: --weight fr: no text has this language or source')
    expect(stderr).toContain('warning: 2 of 32,512 merges: no other pair counts 1, so the vocabulary is smaller')
  })

  const empty = join(folder, 'empty.txt')
  writeFileSync(empty, '')
  const binary = join(folder, 'binary.txt')
  writeFileSync(binary, Buffer.from([80, 0, 1]))

  it.each([
    ['no text', [empty], 'the files have no text'],
    ['a binary file', [text, binary], 'binary.txt: expected text, got a binary file: byte 1 is 0'],
    ['a vocabulary that is too small', ['--vocabulary-size', '255', text], 'expected at least 256 bytes, got 255'],
    ['no such file', [join(folder, 'none.txt')], 'none.txt: expected a file, got none'],
    ['a folder that is no run', [folder], 'expected files, got a folder'],
    ['a broken pattern', ['--pattern', '(a', text], 'a'],
    ['a weight that is none', ['--weight', 'en', text], 'expected a language or source and its weight'],
    ['too little memory', ['--memory', '1MiB', text], 'at least 16MiB'],
  ])('ends with 2 for %s, and leaves nothing behind', async (_, args, message) => {
    const before = readFileSync(output, 'utf8')
    const { code, stdout, stderr } = await train('--output', output, ...args)
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(readFileSync(output, 'utf8')).toBe(before)
    expect(readdirSync(out).filter((name) => !name.endsWith('.json'))).toEqual([])
  })
})
