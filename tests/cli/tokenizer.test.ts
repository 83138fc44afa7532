import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readModel } from '../../src/tokenizer/open-tokenizer.js'
import { writeTiktoken } from '../../src/tokenizer/tiktoken-file.js'
import { call } from '../support/command-line.js'
import { temporaryFolder } from '../support/folder.js'
import { smallJson, smallVocabulary } from '../support/small-tokenizer.js'

const folder = temporaryFolder()
const put = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const json = put('tokenizer.json', smallJson())
const packed = put('packed.json.gz', gzipSync(smallJson()))
const ranks = put('own.tiktoken', writeTiktoken(readModel(Buffer.from(smallJson()), 'x')))
const { vocab, merges } = smallVocabulary()
const gpt2 = put('vocab.json', JSON.stringify(vocab))
put('merges.txt', merges.map((pair) => pair.join(' ')).join('\n'))

const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('encode', () => {
  it.each([[json], [packed], [gpt2], [ranks, '--pattern', 'gpt2']])('%s', async (...args) => {
    const { code, stdout } = await call(
      ['tokenizer', 'encode', '--tokenizer', ...args],
      '{"text":"x there"}\n\n{"text":""}',
    )
    expect(code).toBe(0)
    expect(lines(stdout)).toEqual([{ ids: [120, 267] }, { ids: [] }])
  })

  it('special tokens, counts and offsets', async () => {
    const encode = async (...args: string[]): Promise<unknown> =>
      lines((await call(['tokenizer', 'encode', '--tokenizer', json, ...args], '{"text":"é<|end|>"}')).stdout)[0]
    expect(await encode('--special', '<|end|>')).toEqual({ ids: [263, 300] })
    expect(await encode('--all-special', '--count')).toEqual({ tokens: 2 })
    expect(await encode('--all-special', '--offsets')).toEqual({
      ids: [263, 300],
      bytes: [
        [0, 2],
        [2, 9],
      ],
      units: [
        [0, 1],
        [1, 8],
      ],
    })
  })

  it('lines that can not be used give a line too, and exit code 1', async () => {
    const { code, stdout } = await call(
      ['tokenizer', 'encode', '--tokenizer', json],
      '{"text":1}\n{"text":"in"}\nnope\n',
    )
    expect(code).toBe(1)
    const [first, second, third] = lines(stdout)
    expect(first).toEqual({ line: 1, error: 'text: expected a string, got number' })
    expect(second).toEqual({ ids: [259] })
    expect(third).toMatchObject({ line: 3, error: expect.stringContaining('json') })
  })

  it('a wrong call is exit code 2', async () => {
    const wrong = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await call(['tokenizer', 'encode', ...args], '{"text":"a"}')
      expect(code).toBe(2)
      return stderr
    }
    expect(await wrong()).toContain('--tokenizer')
    expect(await wrong('--tokenizer', join(folder, 'none.json'))).toContain("can't be read")
    expect(await wrong('--tokenizer', ranks)).toContain('does not say its pattern')
    expect(await wrong('--tokenizer', ranks, '--pattern', '(?<=a)b')).toContain('is not supported')
    expect(await wrong('--tokenizer', put('bad.json', '{"model": {}}'))).toContain('bad.json')
    expect(await wrong('--tokenizer', json, '--special', '<nope>')).toContain('"<nope>" is no token')
  })

  it("a pattern of one's own", async () => {
    const args = ['tokenizer', 'encode', '--tokenizer', ranks, '--pattern', '\\p{L}|\\s']
    expect(lines((await call(args, '{"text":"the in"}')).stdout)).toEqual([{ ids: [116, 104, 101, 32, 105, 110] }])
  })
})

describe('decode', () => {
  it('gives the text back, or says what is wrong', async () => {
    const { code, stdout } = await call(
      ['tokenizer', 'decode', '--tokenizer', json],
      '{"ids":[120,267,263]}\n{"ids":[999]}\n{"ids":"a"}\n',
    )
    expect(code).toBe(1)
    expect(lines(stdout)).toEqual([
      { text: 'x thereé' },
      { line: 2, error: `${json}: expected an id of one of 270 tokens, got 999` },
      { line: 3, error: 'ids: expected a list of numbers' },
    ])
  })
})

describe('compare', () => {
  const input = '{"text":"the there in","lang":"en","source":"a"}\n{"text":"é東京","lang":"fr","source":"b"}\n'
  const other = put(
    'bytes.json',
    smallJson((file) => {
      file.model.merges = []
    }),
  )

  it('in numbers', async () => {
    const { code, stdout } = await call(['tokenizer', 'compare', json, other, '--json'], input)
    expect(code).toBe(0)
    const [first, second] = JSON.parse(stdout)
    // the · there · ␣ · in, and é with three bytes a character.
    expect(first.all).toMatchObject({ documents: 2, bytes: 20, tokens: 11 })
    expect(second.all).toMatchObject({ documents: 2, bytes: 20, tokens: 20, bytesPerToken: 1 })
    expect(first.languages.map(({ name }: { name: string }) => name).sort()).toEqual(['en', 'fr'])
    expect(first.sources[0]).toMatchObject({ name: 'b', tokens: 7 })
    expect(first.vocabularyUsable).toBe(269)
  })

  it('as tables', async () => {
    const { code, stdout } = await call(['tokenizer', 'compare', json, other], input)
    expect(code).toBe(0)
    expect(stdout).toContain('2 texts, 20 B')
    expect(stdout).toMatch(/all\s+20 B\s+1\.82\s+1\.00/)
    expect(stdout).toMatch(/fr\s+8 B\s+1\.14\s+1\.00/)
    expect(stdout).toContain('of 269 in the vocabulary')
  })

  it('lines that can not be used are said, and left out', async () => {
    const { code, stdout, stderr } = await call(['tokenizer', 'compare', json, '--json'], `${input}nope\n`)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)[0].all.documents).toBe(2)
    expect(stderr).toContain('line 3')
  })
})
