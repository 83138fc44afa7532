/** What the README shows must be so: its config, its stage, its commands. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { call } from './support/command-line.js'
import { temporaryFolder } from './support/folder.js'

const root = resolve(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const folder = temporaryFolder()

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(readme)?.[1] ?? ''
}

it('is short', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(150)
})

it('shows configs/fineweb.yaml', () => {
  expect(parse(block('yaml'))).toEqual(parse(readFileSync(join(root, 'configs/fineweb.yaml'), 'utf8')))
})

it('shows a stage that works', async () => {
  // Inside the checkout a stage finds the package by name; here it is read as it stands, its import put to the sources.
  const file = join(folder, 'require-word.mjs')
  writeFileSync(file, block('js').replace("'millrace'", JSON.stringify(join(root, 'dist/src/index.js'))))
  const { code, stdout } = await call(
    ['apply', file, '--allow-code', '--set', 'word=fire'],
    '{"text":"no"}\n{"text":"a fire"}',
  )
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toMatchObject([{ verdict: 'drop', reason: 'word', signals: { wordAt: -1 } }, { verdict: 'keep' }])
  expect(code).toBe(0)
})

it('names commands and options that are there', async () => {
  const calls = [...readme.matchAll(/millrace ([a-z]+)((?: +[^`\n#|]*)?)/g)]
  const known = new Map<string, string>()
  for (const [, command, rest] of calls) {
    // Groups have commands of their own.
    const words = [command, /^ +(train|score|encode|decode|compare|cutoffs)\b/.exec(rest)?.[1] ?? ''].filter(
      (word) => word !== '',
    )
    const name = words.join(' ')
    if (!known.has(name)) known.set(name, (await call([...words, '--help'])).stdout)
    const help = known.get(name) ?? ''
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(help, `millrace ${name} ${option}`).toContain(option)
  }
  expect([...known.keys()]).toEqual(
    expect.arrayContaining(['run', 'sample', 'report', 'stages', 'check', 'apply', 'extract']),
  )
})
