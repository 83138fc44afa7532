import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { type LoadOptions, loadConfig, loadStageUse } from '../../src/run/config.js'

const stages = resolve(import.meta.dirname, '../fixtures/stages')
const letters = join(stages, 'count-letters.js')
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-config-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(text: string): string {
  const file = join(folder, 'crawl.yaml')
  writeFileSync(file, text)
  return file
}

function load(text: string, options: LoadOptions = {}) {
  return loadConfig(write(text), { allowCode: true, ...options })
}

/** Messages of a config that must be refused, a line each, without the folder. */
async function faults(text: string, options: LoadOptions = {}): Promise<string[]> {
  const error = await load(text, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ConfigError)
  return String((error as ConfigError).message)
    .replaceAll(`${folder}/`, '')
    .replaceAll(`${stages}/`, '')
    .split('\n')
}

const ends = 'input: { warc: in/*.warc.gz }\noutput: { arrow: out }\n'

describe('a sound config', () => {
  it('fills in defaults and makes paths absolute against the config file', async () => {
    const config = await load(ends)
    expect(config).toMatchObject({
      name: 'crawl',
      seed: 1,
      input: { as: 'read-warc', stage: 'read-warc', when: null, codeSha256: '' },
      inputPatterns: [join(folder, 'in/*.warc.gz')],
      stages: [],
      output: { as: 'write-arrow', stage: 'write-arrow' },
      baseFolder: folder,
      runFolder: join(folder, 'out'),
      execution: { on: 'local', workers: availableParallelism(), measure: 'untilDrop', dropped: 'sample' },
    })
    expect(config.execution.memoryMaxBytes).toBeGreaterThan(2 ** 28)
  })

  it('takes explicit options before the profile, the profile before defaults', async () => {
    const config = await load(
      `${ends}stages:\n  - ${letters}: { as: letters, profile: paper, letterCountMin: 7, bufferSize: 8 KiB }\n`,
    )
    expect(config.stages[0]).toMatchObject({
      as: 'letters',
      stage: letters,
      options: { letterCountMin: 7, action: 'annotate', share: 0.5, bufferSize: 8192 },
    })
  })

  it('names an instance by its file, records the digest of its code, and limits it by language', async () => {
    const config = await load(
      `${ends}stages:\n  - ${letters}: { when: { language: [de, fr] } }\n  - ${join(stages, 'plain.mjs')}\n`,
    )
    expect(config.stages.map((use) => use.as)).toEqual(['count-letters', 'plain'])
    expect(config.stages[0].when).toEqual({ language: ['de', 'fr'] })
    expect(config.stages[1]).toMatchObject({ when: null, options: {} })
    expect(config.stages[1].codeSha256).toMatch(/^[0-9a-f]{64}$/)
  })

  it('resolves options that are paths, alone and in lists, and leaves empty ones empty', async () => {
    const config = await load(`${ends}stages: [{ ${letters}: { lists: [a.txt, /b.txt] } }]`)
    expect(config.stages[0].options).toMatchObject({ list: '', lists: [join(folder, 'a.txt'), '/b.txt'] })
  })

  it('gives an option without default from a profile', async () => {
    const config = await load(`${ends}stages: [{ ${join(stages, 'needs-model.js')}: { profile: small } }]`)
    expect(config.stages[0].options).toEqual({ model: 'small.bin' })
  })

  it('reads execution', async () => {
    const { execution } = await load(
      `${ends}execution: { workers: 3, memoryMax: 12 GiB, dropped: none, droppedShare: 0.5 }`,
    )
    expect(execution).toMatchObject({ workers: 3, memoryMaxBytes: 12 * 2 ** 30, dropped: 'none', droppedShare: 0.5 })
  })
})

describe('--set', () => {
  it('changes options by instance name, of stages written as bare names too', async () => {
    const text = `${ends}stages:\n  - ${letters}\n  - ${letters}: { as: again }\n`
    const set = [
      'count-letters.letterCountMin=9',
      'again.strict=true',
      'again.lists=[x.txt]',
      'execution.workers=2',
      'seed=5',
    ]
    const config = await load(text, { set })
    expect(config.stages[0].options).toMatchObject({ letterCountMin: 9, strict: false })
    expect(config.stages[1].options).toMatchObject({ strict: true, lists: [resolve('x.txt')] })
    expect(config.execution.workers).toBe(2)
    expect(config.seed).toBe(5)
  })

  it('takes files and folders against the working folder, globs as they are', async () => {
    const config = await load(ends, { set: ['input.warc=*.warc.gz', 'output.arrow=runs/x'] })
    expect(config.inputPatterns).toEqual([resolve('*.warc.gz')])
    expect(config.baseFolder).toBe(process.cwd())
    expect(config.runFolder).toBe(resolve('runs/x'))
    expect((await load(ends, { set: ['input.warc=[a.warc, b.warc]'] })).inputPatterns).toEqual([
      resolve('a.warc'),
      resolve('b.warc'),
    ])
  })

  it('puts another kind of input in the place of the first', async () => {
    const config = await load('input: { warc: a, rangeSize: 1 MiB }\noutput: { arrow: o }', {
      set: ['input.jsonl=b.jsonl'],
    })
    expect(config.input.stage).toBe('read-jsonl')
    expect(config.inputPatterns).toEqual([resolve('b.jsonl')])
  })

  it('gives workers by number', async () => {
    expect((await load(ends, { workers: 7 })).execution.workers).toBe(7)
  })

  it.each([
    ['execution.wrkers=2', '--set execution.wrkers=2: execution.wrkers: unknown key; nearest: workers'],
    ['count-leters.share=1', '--set count-leters.share=1: no stage count-leters in crawl.yaml; nearest: count-letters'],
    ['count-letters.share=2', `--set count-letters.share=2: stages[0].count-letters.share: expected at most 1, got 2`],
    ['count-letters', '--set count-letters: expected STAGE.option=value'],
    ['count-letters.share=[', '--set count-letters.share=[: the value is not sound YAML'],
  ])('refuses %s', async (assignment, message) => {
    const [first] = await faults(`${ends}stages: [${letters}]`, { set: [assignment] })
    expect(first.startsWith(message), first).toBe(true)
  })
})

describe('a config with faults', () => {
  it('tells all of them in order, with line and column', async () => {
    const text = `name: x
seeed: 3
input: { wrac: a.warc }
stages:
  - ${letters}:
      letterCountMin: 2.5
      sharre: 2
      action: drp
      when: { language: [1] }
  - detect-langage
output: 5
execution: { workers: two, memoryMax: 12 GiX }
`
    const [seed, input, integer, share, action, language, stage, output, workers, memory, ...rest] = await faults(text)
    expect(rest).toEqual([])
    expect(seed).toBe('crawl.yaml:2:1: seeed: unknown key; nearest: seed')
    expect(input).toMatch(
      /^crawl\.yaml:3:8: input: expected \{ .*: files \} \(kinds: .*warc.*\), got wrac; nearest: warc$/,
    )
    expect(integer).toBe('crawl.yaml:6:23: stages[0].count-letters.letterCountMin: expected a whole number, got 2.5')
    expect(share).toBe('crawl.yaml:7:7: stages[0].count-letters.sharre: unknown key; nearest: share')
    expect(action).toBe('crawl.yaml:8:15: stages[0].count-letters.action: expected one of drop, annotate, got "drp"')
    expect(language).toBe('crawl.yaml:9:26: stages[0].count-letters.when.language[0]: expected text, got 1')
    expect(stage).toBe(
      'crawl.yaml:10:5: stages[1]: unknown stage detect-langage; nearest: detect-language (all: npx millrace stages)',
    )
    expect(output).toMatch(/^crawl\.yaml:11:9: output: expected \{ .*: folder \}.*, got a number$/)
    expect(workers).toBe('crawl.yaml:12:23: execution.workers: expected auto or a number, got "two"')
    expect(memory).toBe(
      `crawl.yaml:12:40: execution.memoryMax: expected auto or bytes, as 4096 or '8 MiB', got "12 GiX"`.replace(
        ':40',
        ':39',
      ),
    )
  })

  it.each([
    ['a: [b\nc: d', /^crawl\.yaml:2:\d+: not sound YAML: /],
    ['input: {}\ninput: {}\n', /^crawl\.yaml:2:1: not sound YAML: Map keys must be unique/],
    ['- a\n', /^crawl\.yaml:1:1: expected a mapping with input, stages and output, got a list$/],
    ['', /^crawl\.yaml:1:1: expected a mapping .* got nothing$/],
    [`${ends}stages: [${letters}, ${letters}]`, /count-letters stands twice; name one of them with as: NAME$/],
    [`${ends}stages: [read-warc]`, /reads input, so it stands under input: \{ warc: FILES \}$/],
    [`${ends}stages: [write-arrow]`, /writes output, so it stands under output: \{ arrow: FOLDER \}$/],
    [`${ends}stages: { a: b }`, /^crawl\.yaml:3:9: stages: expected a list of stages, got a mapping$/],
    [
      `${ends}stages: [{ a: {}, b: {} }]`,
      /stages\[0\]: expected a stage's name, or name: \{ options \}, got a mapping of 2 keys \(a, b\)/,
    ],
    [`${ends}stages: [7]`, /stages\[0\]: expected a stage's name, or name: \{ options \}, got a number$/],
    [`${ends}stages: [{ ${letters}: 3 }]`, /expected \{ options \}, got a number; options: letterCountMin, /],
    [`${ends}stages: [{ ${letters}: { profile: papr } }]`, /profile: expected paper, got "papr"$/],
    [
      `${ends}stages: [{ ${letters}: { as: 'a.b' } }]`,
      /as: expected letters, digits, _ and -, beginning with a letter, got "a\.b"$/,
    ],
    [`${ends}stages: [./none.js]`, /stages\[0\]: none\.js: no such file$/],
    [`${ends}stages: [./own.ts]`, /a stage of your own is a \.js or \.mjs file \(compile TypeScript first\)$/],
    [
      `${ends}stages: [${join(stages, 'wrong-kind.js')}]`,
      /wrong-kind\.js: kind: expected one of each, eachBatch, corpus, read, write, got eech$/,
    ],
    [`${ends}stages: [${join(stages, 'needs-model.js')}]`, /stages\[0\]: model must be given: The model\.$/],
    ['input: { warc: [] }\noutput: { arrow: o }', /input\.warc: expected .*got \[\]$/],
    [
      'input: { warc: a, jsonl: b }\noutput: { arrow: o }',
      /input: expected .* got jsonl and warc$|input: expected .* got warc and jsonl$/,
    ],
    ['output: { arrow: o }', /^crawl\.yaml:1:1: input: expected .* got nothing$/],
    ['input: { warc: a }', /^crawl\.yaml:1:1: output: expected .* got nothing$/],
  ])('refuses %j', async (text, message) => {
    const lines = await faults(text)
    expect(lines.join('\n')).toMatch(message)
  })

  it('makes every stage ready once, and tells what they find wrong with the rest, at the option', async () => {
    const text = `${ends}stages:
  - detect-language:
      languages: [xx]
  - mask-pii: { email: [] }
  - dedup-exact: { by: [] }
  - detect-language: { as: again, model: none.ftz }
execution: { workers: 0 }
`
    const [language, email, by, missing, workers, ...rest] = await faults(text)
    expect(rest).toEqual([])
    expect(language).toMatch(/^crawl\.yaml:5:18: stages\[0\]\.detect-language\.languages: the model has no label "xx"/)
    expect(email).toBe('crawl.yaml:6:24: stages[1].mask-pii.email: expected at least one replacement, got none')
    expect(by).toBe('crawl.yaml:7:24: stages[2].dedup-exact.by: expected url, text or both, got []')
    expect(missing).toMatch(/^crawl\.yaml:8:5: stages\[3\]\.detect-language: can't read none\.ftz: /)
    expect(workers).toMatch(/^crawl\.yaml:9:/)
    const [set] = await faults(`${ends}stages: [dedup-exact]`, { set: ['dedup-exact.by=[]'] })
    expect(set).toMatch(/^--set dedup-exact\.by=\[\]: stages\[0\]\.dedup-exact\.by: expected url/)
  })

  it("tells in one line that a user's own stage does not get ready", async () => {
    const own = join(folder, 'own.mjs')
    writeFileSync(own, `export default { kind: 'each', prepare: () => { throw new Error('no model here') } }`)
    expect(await faults(`${ends}stages: [./own.mjs]`)).toEqual(['crawl.yaml:3:10: stages[0]: prepare: no model here'])
  })

  it('writes bounds of sizes and the name of --workers as a person would', async () => {
    const [size] = await faults(`${ends}execution: { memoryMax: 5 MiB }`)
    expect(size).toBe('crawl.yaml:3:25: execution.memoryMax: expected auto or at least 256 MiB, got "5 MiB"')
    const [workers] = await faults(ends, { workers: 99999 })
    expect(workers).toBe('--workers 99999: execution.workers: expected at most 1024, got 99999')
  })

  it('runs no code without permission', async () => {
    const [first] = await faults(`${ends}stages: [${letters}]`, { allowCode: false })
    expect(first).toBe('crawl.yaml:3:10: stages[0]: a stage given by path runs its code; allow that with --allow-code')
  })

  it('says where it looked for a file', async () => {
    await expect(loadConfig('none.yaml')).rejects.toThrow(`none.yaml: no such file (looked in ${process.cwd()})`)
    await expect(loadConfig(folder)).rejects.toThrow(/expected a file, got a folder/)
  })

  it('does not unfold a bomb of aliases', async () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((key, at) => {
        const before = `*${'abcdefgh'[at]}`
        return `${key}: &${key} [${Array(9).fill(before).join(', ')}]`
      }),
    ]
    expect((await faults(bomb.join('\n')))[0]).toMatch(/not sound YAML/)
  })
})

describe('one stage alone', () => {
  it('takes its options as key=value', async () => {
    const use = await loadStageUse(letters, ['letterCountMin=3', 'list=a.txt'], true)
    expect(use).toMatchObject({ as: 'count-letters', options: { letterCountMin: 3, list: resolve('a.txt') } })
  })
  it('refuses unknown ones', async () => {
    await expect(loadStageUse(letters, ['leterCountMin=3'], true)).rejects.toThrow(
      /^--set leterCountMin=3: .*nearest: letterCountMin$/,
    )
  })
})
