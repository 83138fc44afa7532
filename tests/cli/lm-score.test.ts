/** `millrace lm score`: lines in, JSON Lines out, in order. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { call } from '../support/command-line.js'
import { TOY_ARPA } from '../support/ngram-file.js'

let folder = ''
let model = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lm-score-'))
  model = join(folder, 'toy.arpa.gz')
  writeFileSync(model, gzipSync(TOY_ARPA))
})

afterAll(() => rmSync(folder, { recursive: true }))

async function scores(args: readonly string[], input: string): Promise<unknown[]> {
  const { code, stdout, stderr } = await call(['lm', 'score', '--model', model, ...args], input)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

it('gives a line for each line: blank ones, white space at the ends, CR LF, none at the end of the file', async () => {
  const ab = { tokens: 2, oov: 0, log10: -0.875, perplexity: 10 ** (0.875 / 3) }
  const none = { tokens: 0, oov: 0, log10: -1.25, perplexity: 10 ** 1.25 }
  expect(await scores([], 'a b\n\n  a\tb \r\n \na b')).toEqual([ab, none, ab, none, ab])
  expect(await scores([], '')).toEqual([])
  expect(await scores([], 'a x b\n')).toMatchObject([{ tokens: 3, oov: 1 }])
})

it('reads a file, and makes tokens by a profile', async () => {
  const text = join(folder, 'text.txt')
  writeFileSync(text, 'A B\n')
  expect(await scores(['--input', text], '')).toMatchObject([{ tokens: 2, oov: 2 }])
  expect(await scores(['--input', text, '--tokens', 'plain'], '')).toMatchObject([{ tokens: 2, oov: 0, log10: -0.875 }])
})

it('scores a line of 10 MB', async () => {
  const [line] = await scores([], `${'a b '.repeat(2_500_000)}\n`)
  expect(line).toMatchObject({ tokens: 5_000_000, oov: 0 })
})

it('ends with 2 for a file that is no model, and for one that is not there', async () => {
  const other = join(folder, 'other')
  writeFileSync(other, 'hello')
  const wrong = await call(['lm', 'score', '--model', other], 'a')
  expect(wrong).toMatchObject({ code: 2, stdout: '' })
  expect(wrong.stderr).toContain('expected an n-gram model')
  expect((await call(['lm', 'score', '--model', join(folder, 'none')], 'a')).code).not.toBe(0)
})
