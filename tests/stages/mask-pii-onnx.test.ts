/** A model whose labels are known for each id, so that its entities are known by hand. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { OptionValues } from '../../src/stage/options.js'
import type { Outcome } from '../../src/stage/outcome.js'
import type { Resources } from '../../src/stage/stage.js'
import stage from '../../stages/mask-pii-onnx.js'
import { millrace } from '../support/cli.js'
import { documentOf, RESOURCES } from '../support/dedup.js'
import { temporaryFolder } from '../support/folder.js'
import { hasOnnxRuntime } from '../support/onnxruntime.js'
import { Random } from '../support/random.js'
import { runDigest } from '../support/run-digest.js'
import { smallJson } from '../support/small-tokenizer.js'
import { PIECES, wordPieceJson } from '../support/small-wordpiece.js'
import { type TableModel, tokenClassifier } from '../support/token-classifier.js'

const LABELS = ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC', 'B-CREDIT_CARD', 'B-MISC']
/** A word's label, by its first token; `##race` says PER, which must never be heard. */
const LABEL_OF: Readonly<Record<string, string>> = {
  anna: 'B-PER',
  berg: 'I-PER',
  mill: 'I-PER',
  '##race': 'B-PER',
  paris: 'B-LOC',
  東: 'I-LOC',
  '9': 'B-CREDIT_CARD',
  z: 'B-MISC',
}
/** The logit of a word's label over those of the others, 0: a probability of e² / (e² + 6) for `paris`, 0.55, else 0.9991. */
const LOGIT = 9
const SURE = Math.exp(LOGIT) / (Math.exp(LOGIT) + LABELS.length - 1)
const UNSURE = Math.exp(2) / (Math.exp(2) + LABELS.length - 1)

const model: TableModel = {
  idCount: PIECES.length,
  labelCount: LABELS.length,
  table: Float32Array.from({ length: PIECES.length * LABELS.length }, (_, i) => {
    const piece = PIECES[Math.floor(i / LABELS.length)]
    const isBest = LABELS[i % LABELS.length] === (LABEL_OF[piece] ?? 'O')
    return !isBest ? 0 : piece === 'paris' ? 2 : LOGIT
  }),
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const files: Record<string, Uint8Array> = {
  'ner.onnx': tokenClassifier(model, { tokenTypes: true }),
  'half.onnx': tokenClassifier(model, { type: 'float16', positions: 512 }),
  'short.onnx': tokenClassifier(model, { positions: 64 }),
  'narrow.onnx': tokenClassifier({ ...model, idCount: 20 }),
  'bert.json': new TextEncoder().encode(wordPieceJson()),
  'config.json': json({ id2label: Object.fromEntries(LABELS.entries()) }),
  'three.json': json({ id2label: { 0: 'O', 1: 'B-PER', 2: 'I-PER' } }),
  'plain.json': json({ id2label: { 0: 'LABEL_0', 1: 'LABEL_1' } }),
  'bytes.json': new TextEncoder().encode(smallJson()),
  // Of the bytes of small letters, d, e, f are a person's.
  'bytes.onnx': tokenClassifier({
    idCount: 400,
    labelCount: 3,
    table: Float32Array.from({ length: 1200 }, (_, i) => {
      const id = Math.floor(i / 3)
      return i % 3 === (id === 0x64 ? 1 : id === 0x65 || id === 0x66 ? 2 : 0) ? LOGIT : 0
    }),
  }),
}
const resources: Resources = { ...RESOURCES, readFile: async (path) => files[path] ?? new Uint8Array() }

type Options = OptionValues<typeof stage.options>
const options = (over: Partial<Options> = {}): Options =>
  ({
    ...Object.fromEntries(Object.entries(stage.options).map(([name, option]) => [name, option.default])),
    device: 'cpu',
    model: 'ner.onnx',
    tokenizer: 'bert.json',
    config: 'config.json',
    ...over,
  }) as Options // each default has its option's type

/** What the stage says of texts, by its own parts, one after the other. */
async function outcomesOf(texts: readonly string[], over: Partial<Options> = {}): Promise<Outcome[]> {
  const given = options(over)
  const device = await stage.batch.open(given, resources)
  const scorer = await stage.batch.prepare(given, resources)
  const settle = await stage.batch.settle(given, resources)
  const outcomes: Outcome[] = []
  for (const text of texts) {
    const document = documentOf({ id: 'a', text })
    const rows = scorer.rows(document) as Int32Array[] // this stage gives ids only
    const score = rows.length === 0 ? undefined : scorer.score(document, rows, await device.compute(rows))
    outcomes.push(settle(document, score))
  }
  await device.close()
  return outcomes
}

const textOf = ({ edit }: Outcome): string | undefined => edit?.text

describe.skipIf(!hasOnnxRuntime)('mask-pii-onnx (needs onnxruntime-node)', () => {
  it.each(['ner.onnx', 'half.onnx'])('masks what the model finds: %s', async (name) => {
    const [outcome, none, empty] = await outcomesOf(
      ['In Paris, Anna Berg-Millrace met ANNA BERG in 東東; the millrace.', 'met in the', ''],
      { model: name, types: ['person', 'location'] },
    )
    // The hyphen is no person; `mill` goes on with one although none has begun; each 東 is a word.
    expect(textOf(outcome)).toBe('In <LOCATION>, <PERSON>-<PERSON> met <PERSON> in <LOCATION>; the <PERSON>.')
    expect(outcome.signals).toEqual({ personCount: 4, locationCount: 2 })
    expect(outcome.spans.map(({ score }) => score)).toEqual(
      [UNSURE, SURE, SURE, SURE, SURE, SURE].map((score) => expect.closeTo(score, 3)),
    )
    expect(outcome.spans[0]).toMatchObject({ start: 3, end: 13, type: 'location' })
    for (const { verdict, edit, signals } of [none, empty]) {
      expect({ verdict, edit, signals }).toEqual({
        verdict: 'keep',
        edit: null,
        signals: { personCount: 0, locationCount: 0 },
      })
    }
  })

  it('offsets are of the text as it stands', async () => {
    const text = '😀 PARI\u0301S\u0301 e\u0301 \u0000An\u00adna'
    const [{ spans, edit }] = await outcomesOf([text], { action: 'annotate', scoreMin: 0 })
    expect(edit).toBeNull()
    expect(spans.map(({ start, end, type }) => [text.slice(start, end), type])).toEqual([
      ['PARI\u0301S\u0301', 'location'],
      ['An\u00adna', 'person'],
    ])
  })

  it('keeps to the masking rule of mask-pii: scores, overlaps, actions, allowed values, patterns beside', async () => {
    const text = 'Anna Berg, anna@berg.org, met in Paris.'
    const masked = async (over: Partial<Options>) => textOf((await outcomesOf([text], over))[0])
    // The address is longer than the persons in it, of whom one begins behind its @.
    expect(await masked({ types: ['person', 'email'] })).toBe('<PERSON>, email@example.com, met in Paris.')
    expect(await masked({ types: ['person'], action: 'tag' })).toBe('<PERSON>, <PERSON>@<PERSON>.org, met in Paris.')
    expect(await masked({ scoreMin: 0.9 })).toBe('<PERSON>, <PERSON>@<PERSON>.org, met in Paris.')
    expect(await masked({ allow: ['anna berg', 'anna', 'berg'] })).toBe('Anna Berg, anna@berg.org, met in <LOCATION>.')
    expect(await masked({ actions: { location: 'removeSentence', person: 'annotate' } })).toBe('')
    const [dropped] = await outcomesOf([text], { actions: { PER: 'drop' } })
    expect(dropped).toMatchObject({ verdict: 'drop', reason: 'person' })
    const [pseudonyms] = await outcomesOf(['Anna and ANNA, Berg'], { action: 'pseudonym' })
    expect(textOf(pseudonyms)).toMatch(/^<PERSON_([a-p]{12})> and <PERSON_\1>, <PERSON_(?!\1)[a-p]{12}>$/)
  })

  it("knows other types by the names of the model's labels", async () => {
    const [outcome] = await outcomesOf(['9 in z Anna'], { types: ['CREDIT_CARD', 'misc'], action: 'tag' })
    expect(textOf(outcome)).toBe('<CREDIT_CARD> in <MISC> Anna')
    expect(outcome.signals).toEqual({ creditCardCount: 1, otherCount: 1 })
    const [all] = await outcomesOf(['9 in z Anna'], {
      types: ['creditCard', 'MISC', 'person'],
      actions: { MISC: 'drop' },
    })
    expect(all).toMatchObject({ verdict: 'drop', reason: 'misc' })
  })

  it('changes nothing in masked text', async () => {
    const text = 'Anna Berg, anna@berg.org, met in Paris, 東東.'
    for (const action of ['replace', 'tag', 'pseudonym'] as const) {
      const over: Partial<Options> = { types: ['person', 'location', 'email'], action }
      const [{ edit }] = await outcomesOf([text], over)
      const [again] = await outcomesOf([edit?.text ?? ''], over)
      expect(again.edit).toBeNull()
    }
  })

  it('goes through long texts in windows, and finds the same wherever they end', async () => {
    const random = new Random(12)
    const words = ['Anna', 'Berg', 'Paris', 'met', 'in', 'the', 'millrace', 'cafe', ',']
    const text = Array.from({ length: 1500 }, () => random.pick(words)).join(' ')
    const spans = async (over: Partial<Options>) => (await outcomesOf([text], { action: 'annotate', ...over }))[0].spans
    const whole = await spans({ tokensMax: 4096 })
    expect(whole.length).toBeGreaterThan(400)
    expect(await spans({})).toEqual(whole)
    expect(await spans({ tokensMax: 33, strideTokens: 17 })).toEqual(whole)
    expect(await spans({ tokensMax: 8, strideTokens: 1 })).toEqual(whole)
  })

  it('takes words between white space where the vocabulary is of bytes', async () => {
    const labels = ['O', 'B-PER', 'I-PER']
    const over: Partial<Options> = { model: 'bytes.onnx', tokenizer: 'bytes.json', config: '', labels, action: 'tag' }
    // A space of its own, no person, begins the word behind it: d.
    const [outcome] = await outcomesOf(['xd\tdxx\nexyz xf d,\tfé\u{1f600}e\tq'], over)
    expect(textOf(outcome)).toBe('xd\t<PERSON> xf d,\t<PERSON>\tq')
  })

  it('gives sound spans for hostile texts', async () => {
    const texts = [
      'anna '.repeat(4000),
      '東'.repeat(20_000),
      '\ud800anna\udc00 paris\ud800',
      '<PERSON> <ANNA> <<<anna>>> anna@paris.berg',
      `${'a'.repeat(50_000)} anna`,
      '\u0301anna\u0301 \u0000\u0001paris\u200d',
    ]
    const outcomes = await outcomesOf(texts, { action: 'annotate', types: ['person', 'location', 'email'] })
    for (const [i, { spans }] of outcomes.entries()) {
      expect(spans.length).toBeGreaterThan(0)
      let before = 0
      for (const { start, end } of spans) {
        expect(start >= before && end > start && end <= texts[i].length).toBe(true)
        expect(/[\udc00-\udfff]/.test(texts[i][start]) && /[\ud800-\udbff]/.test(texts[i][start - 1] ?? '')).toBe(false)
        before = end
      }
    }
  })

  it.each<[Partial<Options>, RegExp]>([
    [{ config: 'three.json' }, /config: expected the model's 7 labels, got 3/],
    [{ config: '', labels: ['O', 'PER'] }, /labels: expected the model's 7 labels, got 2/],
    [{ model: 'narrow.onnx' }, /tokenizer: its highest id is \d+, and ONNX model narrow.onnx has 20 ids/],
    [{ model: 'short.onnx' }, /tokensMax: expected at most the 64 positions of ONNX model short.onnx, got 512/],
    [{ model: 'bert.json' }, /bert\.json/],
  ])('refuses %o', async (over, message) => {
    await expect(stage.batch.open(options(over), resources)).rejects.toThrow(message)
  })
})

it.each<[Partial<Options>, RegExp]>([
  [{ config: '' }, /labels: expected either them or config, got neither/],
  [{ labels: ['O', 'PER'] }, /labels: expected either them or config, got both/],
  [{ config: 'plain.json' }, /labels: expected "O", for what is no entity, among them, got LABEL_0, LABEL_1/],
  [
    { types: ['surname'] },
    /types: expected some that the model finds \(person, location, creditCard, misc\).*got surname/,
  ],
  [{ types: ['email'] }, /types: expected some that the model finds .* got email/],
  [{ actions: { email: 'drop' } }, /actions: expected names of types, got "email"/],
  [{ strideTokens: 510 }, /strideTokens: expected fewer than tokensMax without its special tokens, 510, got 510/],
  [{ tokensMax: 8 }, /strideTokens: expected fewer than .*, 6, got 384/],
])('tells before a run what is wrong with %o', async (over, message) => {
  const ready = async () => {
    await stage.batch.prepare(options(over), resources)
    await stage.batch.settle(options(over), resources)
  }
  await expect(ready()).rejects.toThrow(message)
})

describe.skipIf(!hasOnnxRuntime)('in a whole run (needs onnxruntime-node)', () => {
  const folder = temporaryFolder()
  const random = new Random(2)
  const texts = Array.from({ length: 80 }, (_, i) =>
    i === 11
      ? ''
      : Array.from({ length: 1 + random.below(i % 10 === 0 ? 1200 : 30) }, () =>
          random.pick(['Anna Berg', 'met', 'in Paris', 'the', 'jo@mailbox.org', 'xyz']),
        ).join(' '),
  )
  const write = (name: string, over: object = {}) => {
    const use = {
      device: 'cpu',
      model: 'ner.onnx',
      tokenizer: 'bert.json',
      config: 'config.json',
      types: ['person', 'location', 'email'],
      batchTokens: 3000,
      ...over,
    }
    const config = {
      input: { jsonl: 'in-*.jsonl' },
      stages: [{ 'mask-pii-onnx': use }],
      output: { jsonl: name, compression: 'none' },
      execution: { dropped: 'none' },
    }
    writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(config))
    return join(folder, `${name}.yaml`)
  }
  const written = (name: string): string[] =>
    readdirSync(join(folder, name, 'documents'))
      .sort()
      .flatMap((file) =>
        readFileSync(join(folder, name, 'documents', file), 'utf8')
          .trimEnd()
          .split('\n'),
      )
      .map((line) => JSON.parse(line).text)
  const byHand = (text: string) =>
    text
      .replace(/Anna Berg( Anna Berg)*/g, (all) => all.replaceAll('Anna Berg', '<PERSON>'))
      .replaceAll('Paris', '<LOCATION>')
      .replaceAll('jo@mailbox.org', 'email@example.com')

  beforeAll(() => {
    for (const name of ['ner.onnx', 'bert.json', 'config.json', 'three.json'])
      writeFileSync(join(folder, name), files[name])
    const line = (text: string, i: number) => `${JSON.stringify({ id: String(i), text })}\n`
    const lines = texts.map(line)
    writeFileSync(join(folder, 'in-a.jsonl'), lines.slice(0, 30).join(''))
    writeFileSync(join(folder, 'in-b.jsonl'), lines.slice(30).join(''))
  })

  it('masks every document, the same bytes for any number of workers', async () => {
    const digests: Record<string, string>[] = []
    for (const workers of ['1', '3']) {
      const { code, stderr } = await millrace(['run', write('masked'), '--fresh', '--workers', workers])
      expect(code, stderr).toBe(0)
      digests.push(runDigest(join(folder, 'masked')))
    }
    expect(digests[0]).toEqual(digests[1])
    expect(written('masked')).toEqual(texts.map(byHand))
  })

  it('masks otherwise without asking the model again', async () => {
    const config = write('masked', { action: 'tag', types: ['location'] })
    const { code, stderr } = await millrace(['run', config])
    expect(code, stderr).toBe(0)
    expect(written('masked')).toEqual(texts.map((text) => text.replaceAll('Paris', '<LOCATION>')))
    expect(readFileSync(join(folder, 'masked/log/run.jsonl'), 'utf8').match(/"event":"device"/g)).toHaveLength(1)
  })

  it('goes on where it was when it was killed', async () => {
    const config = write('killed')
    let child: { kill(signal: NodeJS.Signals): boolean } | null = null
    const run = millrace(['run', config], { started: (process) => (child = process) })
    setTimeout(() => child?.kill('SIGKILL'), 1500)
    await run
    const { code, stderr } = await millrace(['run', config])
    expect(code, stderr).toBe(0)
    expect(written('killed')).toEqual(texts.map(byHand))
  })

  it('is there for apply, and refuses labels that are not the model’s', async () => {
    const set = (name: string, value: string) => ['--set', `${name}=${join(folder, value)}`]
    const args = [
      'apply',
      'mask-pii-onnx',
      '--set',
      'device=cpu',
      ...set('model', 'ner.onnx'),
      ...set('tokenizer', 'bert.json'),
    ]
    const input = `${JSON.stringify({ text: 'Anna met Berg' })}\n`
    const good = await millrace([...args, ...set('config', 'config.json')], { input })
    expect(good.code, good.stderr).toBe(0)
    expect(JSON.parse(good.stdout)).toMatchObject({ text: '<PERSON> met <PERSON>', verdict: 'keep' })
    const wrong = await millrace([...args, ...set('config', 'three.json')], { input })
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain("expected the model's 7 labels, got 3")
  })
})
