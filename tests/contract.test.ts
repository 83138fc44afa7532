/** What every stage must hold. The folder is the list: a new stage is tested from the moment its file is there. */
import { describe, expect, it } from 'vitest'
import type { Document, Signals, Span } from '../src/document/document.js'
import { defaultOptions } from '../src/run/config.js'
import { ownResources } from '../src/run/resources.js'
import { stageUseSchema } from '../src/run/schema.js'
import { loadStage, RESERVED_OPTIONS, stageNames } from '../src/run/stage-loader.js'
import { runCorpusInMemory } from '../src/stage/corpus-in-memory.js'
import type { Outcome } from '../src/stage/outcome.js'
import type { Example, Stage } from '../src/stage/stage.js'

const CAMEL = /^[a-z][A-Za-z0-9]*$/

const stages = await Promise.all(stageNames().map(async (name) => [name, await loadStage(name)] as const))

function documentOf(fields: Pick<Example, 'text' | 'html' | 'url' | 'language'>, row = 0): Document {
  const { text = '', html, url = '', language = '' } = fields
  return {
    id: `id-${row}`,
    url,
    text,
    language,
    date: '',
    file: 'contract',
    offset: row,
    length: 1,
    sub: 0,
    metadata: {},
    position: { shard: 0, row },
    raw: html === undefined ? null : { body: html, contentType: 'text/html; charset=utf-8' },
  }
}

/** Options as a config gives them: checked, defaults filled in. */
function optionsOf(stage: Stage, given: Readonly<Record<string, unknown>> = {}): never {
  const checked = stageUseSchema(stage).parse(given)
  return { ...defaultOptions(stage), ...checked } as never // what the stage's own schemas let through
}

/** Outcomes of a stage prepared anew on documents in order. */
async function outcomes(stage: Stage, documents: readonly Document[], given = {}): Promise<readonly Outcome[]> {
  const options = optionsOf(stage, given)
  const resources = await ownResources(stage, options, 1)
  if (stage.kind === 'corpus') return (await runCorpusInMemory(stage.corpus, options, resources, documents)).outcomes
  if (stage.kind !== 'each') throw new Error('only stages between the two ends have outcomes')
  const run = await stage.prepare(options, resources)
  return documents.map((document) => run(document))
}

/** Holds what the runner relies on: reasons, declared signals of the declared type, spans inside the text. */
function holdOutcome(stage: Stage, outcome: Outcome, document: Document): void {
  expect(['keep', 'drop']).toContain(outcome.verdict)
  if (outcome.verdict === 'drop') expect(outcome.reason).toMatch(/^[a-z][A-Za-z0-9-]*$/)
  else expect(outcome.reason).toBe('')
  holdSignals(stage, outcome.signals)
  const text = outcome.edit?.text ?? document.text
  for (const span of outcome.spans) holdSpan(span, text)
  expect(JSON.parse(JSON.stringify(outcome.edit?.metadata ?? {}))).toEqual(outcome.edit?.metadata ?? {})
}

function holdSignals(stage: Stage, signals: Signals): void {
  for (const [name, value] of Object.entries(signals)) {
    expect(typeof value, `signal ${name}`).toBe(stage.signals?.[name]?.type)
    if (typeof value === 'number') expect(Number.isFinite(value), `signal ${name} is ${value}`).toBe(true)
  }
}

function holdSpan({ start, end, type, score }: Span, text: string): void {
  expect(Number.isInteger(start) && Number.isInteger(end)).toBe(true)
  expect(start).toBeGreaterThanOrEqual(0)
  expect(end).toBeGreaterThan(start)
  expect(end).toBeLessThanOrEqual(text.length)
  expect(type).not.toBe('')
  expect(score).toBeGreaterThanOrEqual(0)
  expect(score).toBeLessThanOrEqual(1)
}

const MEGABYTE = 1_000_000
const HOSTILE: Readonly<Record<string, string>> = {
  empty: '',
  'one character': 'x',
  'only white space': ' \n\t \u00a0\u3000\n',
  'lone surrogates': '\ud800 text \udc00 and \udfff\ud800',
  controls: '\u0000\u0001\u001b[2J\u007f\u0085\u2028\u2029\ufeff',
  'a megabyte without a break': 'x'.repeat(MEGABYTE),
  'a megabyte of one word': 'word '.repeat(MEGABYTE / 5),
  'a megabyte of lines': 'a\n'.repeat(MEGABYTE / 2),
  'a megabyte of dots': '.'.repeat(MEGABYTE),
  'a megabyte of spaces': ' '.repeat(MEGABYTE),
  'a megabyte of at signs and digits': '1.@'.repeat(MEGABYTE / 3),
  'many scripts': 'العربية हिन्दी ไทย 中文 日本語 한국어 👩‍🔬🇫🇷 e\u0301 ',
}
const HOSTILE_HTML: Readonly<Record<string, string>> = {
  'unclosed tag': '<p',
  'deep nesting': '<div>'.repeat(50_000),
  'megabyte attribute': `<a title="${'x'.repeat(MEGABYTE)}`,
  'NULs and entities': '\u0000<p>&#0;&#xd800;&#x110000;&bogus;&amp',
  'only closing tags': '</p>'.repeat(10_000),
}

const hostile = [
  ...Object.entries(HOSTILE).map(([name, text]) => [name, { text, language: 'en', url: 'http://%zz\u0000/' }] as const),
  ...Object.entries(HOSTILE_HTML).map(([name, html]) => [name, { html }] as const),
]

describe.each(stages)('%s', (name, stage) => {
  it('is named verb first, in lower case with dashes', () => {
    expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)*$/)
    if (stage.kind === 'read' || stage.kind === 'write') expect(name.startsWith(`${stage.kind}-`)).toBe(true)
    else expect(name).not.toMatch(/^(read|write)-/)
  })

  it('says what it does and declares each option in full', () => {
    expect(stage.summary).toMatch(/^[A-Za-z][^\n]{8,160}$/)
    for (const [key, option] of Object.entries(stage.options)) {
      expect(key).toMatch(CAMEL)
      expect(RESERVED_OPTIONS).not.toContain(key)
      expect(option.meaning.length, `options.${key}.meaning`).toBeGreaterThan(5)
      if (option.default === undefined) continue
      expect(option.schema.safeParse(option.default), `options.${key}.default`).toEqual({
        success: true,
        data: option.default,
      })
      expect(JSON.parse(JSON.stringify(option.default)), `options.${key}.default as JSON`).toEqual(option.default)
    }
  })

  it('has sound profiles, and signals of its own', () => {
    for (const [profile, values] of Object.entries(stage.profiles ?? {})) {
      for (const [key, value] of Object.entries(values)) {
        expect(stage.options[key]?.schema.safeParse(value).success, `profiles.${profile}.${key}`).toBe(true)
      }
    }
    for (const [signal, { type, meaning }] of Object.entries(stage.signals ?? {})) {
      expect(signal).toMatch(CAMEL)
      expect(['number', 'string', 'boolean']).toContain(type)
      expect(meaning.length, `signals.${signal}.meaning`).toBeGreaterThan(5)
    }
  })

  if (stage.kind === 'read' || stage.kind === 'write') return

  if (stage.kind === 'each') {
    it('has examples', () => {
      expect(stage.examples?.length ?? 0).toBeGreaterThan(0)
    })
  }

  it.each((stage.examples ?? []).map((example, at) => [at, example] as const))('example %i', async (_, example) => {
    const document = documentOf(example)
    const [outcome] = await outcomes(stage, [document], example.options)
    holdOutcome(stage, outcome, document)
    expect(outcome.verdict === 'drop' ? outcome.reason : null).toBe(example.drop)
    if (example.becomes !== undefined) expect(outcome.edit?.text ?? document.text).toBe(example.becomes)
    if (example.signals !== undefined) expect(outcome.signals).toMatchObject(example.signals)
  })

  // What can't run without a file of the user's own has no defaults to be tested with: its own tests do that.
  if (Object.values(stage.options).some((option) => option.default === undefined)) return

  it.each(hostile)('holds for %s, and says the same twice', async (_, fields) => {
    // Beside a sound document: of nothing at all some corpus stages can't make what they make.
    const documents = [documentOf(fields), documentOf({ text: 'A sound text, in words.' }, 1)]
    const [first] = await outcomes(stage, documents)
    holdOutcome(stage, first, documents[0])
    const [again] = await outcomes(stage, documents)
    expect(again).toEqual(first)
  })

  it('looks at one document at a time: what came before changes nothing', async () => {
    if (stage.kind === 'corpus') return
    const small = hostile.filter(([, fields]) => JSON.stringify(fields).length < 10_000)
    const documents = small.map(([, fields], row) => documentOf(fields, row))
    const forth = await outcomes(stage, documents)
    const back = await outcomes(stage, documents.toReversed())
    expect(back.toReversed()).toEqual(forth)
  })
})
