/** `millrace lm cutoffs`, run as a user runs it: after one run, before the next. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { FinishedRun } from '../../src/inspect/finished-run.js'
import { parseCutoffs } from '../../src/lm/cutoffs.js'
import { millrace } from '../support/cli.js'
import { call } from '../support/command-line.js'
import { temporaryFolder } from '../support/folder.js'
import { SMALL_ARPA } from '../support/language-model.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()
const random = new Random(11)
const LANGUAGES = ['en', 'en', 'en', 'de', '']

beforeAll(async () => {
  const documents = Array.from({ length: 300 }, (_, id) => {
    const words = Array.from({ length: random.below(9) }, () => random.pick(['good text', 'odd', 'text', 'good']))
    return { id: `${id}`, text: words.join(' '), language: random.pick(LANGUAGES) }
  })
  writeFileSync(join(folder, 'input.jsonl'), documents.map((row) => `${JSON.stringify(row)}\n`).join(''))
  writeFileSync(join(folder, 'small.arpa'), SMALL_ARPA)
  await run('one', 'bucket-perplexity: { model: small.arpa, headPercentile: 40, tailPercentile: 70, buckets: [head] }')
})

async function run(name: string, stage: string): Promise<void> {
  const config = `name: ${name}\ninput: { jsonl: input.jsonl }\nstages:\n  - ${stage}\noutput: { arrow: ${name} }\n`
  writeFileSync(join(folder, `${name}.yaml`), config)
  const { code, stderr } = await millrace(['run', join(folder, `${name}.yaml`), '--workers', '1', '--log', 'plain'])
  expect(stderr + String(code)).toMatch(/0$/)
}

async function bucketsOf(name: string, stage: string): Promise<Map<string, unknown>> {
  const finished = await FinishedRun.open(join(folder, name))
  return new Map([...finished.verdicts()].map(({ id, signals }) => [id, signals[`${stage}.bucket`]]))
}

const cutoffs = (...args: string[]) => call(['lm', 'cutoffs', ...args])

describe('lm cutoffs', () => {
  it('gives a file with which filter-perplexity cuts as the run did', async () => {
    const output = join(folder, 'cutoffs.json')
    const called = await cutoffs(join(folder, 'one'), '--head', '40', '--tail', '70', '--output', output)
    expect(called).toEqual({ code: 0, stdout: '', stderr: '' })
    expect([...parseCutoffs(readFileSync(output), 'cutoffs.json').keys()]).toEqual(['de', 'en', 'und'])
    expect(JSON.parse(readFileSync(output, 'utf8'))).toMatchObject({
      signal: 'bucket-perplexity.perplexity',
      percentiles: { head: 40, tail: 70 },
    })
    await run('two', 'filter-perplexity: { model: small.arpa, cutoffs: cutoffs.json, buckets: [head], action: drop }')
    const [one, two] = [await bucketsOf('one', 'bucket-perplexity'), await bucketsOf('two', 'filter-perplexity')]
    expect(two).toEqual(one)
    expect(new Set(one.values())).toEqual(new Set(['head', 'middle', 'tail', 'all']))
  })

  it('takes a signal by name, and 30 and 60 percent, to stdout', async () => {
    const { stdout } = await cutoffs(join(folder, 'one'), '--signal', 'bucket-perplexity.perplexity')
    const finished = await FinishedRun.open(join(folder, 'one'))
    const english = [...finished.verdicts()]
      .filter(({ language }) => language === 'en')
      .flatMap(({ signals }) => signals['bucket-perplexity.perplexity'] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
    const { head, tail } = JSON.parse(stdout).cutoffs.en
    const rank = (percent: number) => Math.ceil(((english.length - 1) * percent) / 100)
    expect([head, tail]).toEqual([english[rank(30)], english[rank(60)]])
  })

  it.each([
    [['--signal', 'none.perplexity'], /signal none\.perplexity; it has bucket-perplexity\.perplexity/],
    [['--signal', 'bucket-perplexity.bucket'], /expected signal bucket-perplexity\.bucket; it has/],
    [['--head', '70'], /--head: expected at most --tail, 60, got 70/],
    [['--tail', '100'], /expected 0 to below 100/],
    [['--tail', ''], /expected 0 to below 100/],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await cutoffs(join(folder, 'one'), ...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  it('says what a run lacks', async () => {
    await run('bare', 'mask-pii')
    expect((await cutoffs(join(folder, 'bare'))).stderr).toMatch(/expected --signal; it measured no perplexity/)
    expect((await cutoffs(join(folder, 'gone'))).stderr).toMatch(/no such run folder/)
  })
})
