/** Models of means of rows, held against the same arithmetic here: stage by stage, and in a whole run. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Document } from '../../src/document/document.js'
import { openArrow } from '../../src/formats/arrow/reader.js'
import { loadZstd } from '../../src/io/zstd.js'
import type { OptionValues } from '../../src/stage/options.js'
import type { Resources } from '../../src/stage/stage.js'
import { openTokenizer } from '../../src/tokenizer/open-tokenizer.js'
import stage from '../../stages/score-onnx-classifier.js'
import { millrace } from '../support/cli.js'
import { documentOf, RESOURCES } from '../support/dedup.js'
import { temporaryFolder } from '../support/folder.js'
import { Graph } from '../support/onnx-file.js'
import { hasOnnxRuntime } from '../support/onnxruntime.js'
import { Random } from '../support/random.js'
import { runDigest } from '../support/run-digest.js'
import { smallJson } from '../support/small-tokenizer.js'
import { PIECES, wordPieceJson } from '../support/small-wordpiece.js'
import { meanClassifier, type TableModel } from '../support/token-classifier.js'

/** Numbers that half precision holds exactly. */
const modelOf = (idCount: number, labelCount = 3): TableModel => {
  const table = Float32Array.from({ length: idCount * labelCount }, (_, i) => ((i * 37) % 101) / 4 - 8)
  return { idCount, labelCount, table }
}
const wide = modelOf(400)
const bert = modelOf(PIECES.length)

/** y = x, of one dimension more or less than a classifier of texts has. */
function otherModel(output: string, dims: readonly (string | number)[]): Uint8Array {
  const graph = new Graph()
  graph.input('input_ids', 'int64', ['rows', 'columns'])
  graph.op('Cast', ['input_ids'], { to: 1 }, output)
  graph.output(output, 'float32', dims)
  return graph.model(17)
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const labelsJson = (...names: string[]) => json({ id2label: Object.fromEntries(names.entries()) })

const files: Record<string, Uint8Array> = {
  'mean.onnx': meanClassifier(wide),
  'half.onnx': meanClassifier(wide, { type: 'float16' }),
  'bert.onnx': meanClassifier(bert, { tokenTypes: true }),
  'bert-half.onnx': meanClassifier(bert, { type: 'float16', tokenTypes: true, positions: 512 }),
  'short.onnx': meanClassifier(bert, { positions: 100 }),
  'narrow.onnx': meanClassifier(modelOf(40)),
  'grade.onnx': meanClassifier(modelOf(PIECES.length, 1), { tokenTypes: true }),
  'other.onnx': otherModel('scores', ['rows', 3]),
  'tokens.onnx': otherModel('logits', ['rows', 'columns', 3]),
  'tokenizer.json': new TextEncoder().encode(smallJson()),
  'bert.json': new TextEncoder().encode(wordPieceJson()),
  'config.json': labelsJson('poor', 'fair', 'good'),
  'two.json': labelsJson('no', 'yes'),
  'odd.json': json({ id2label: { 0: 'a', 2: 'b' } }),
  'none.json': json({ architectures: [] }),
}
const resources: Resources = { ...RESOURCES, readFile: async (path) => files[path] ?? new Uint8Array() }

type Options = OptionValues<typeof stage.options>
const options = (over: Partial<Options> = {}): Options =>
  ({
    ...Object.fromEntries(Object.entries(stage.options).map(([name, option]) => [name, option.default])),
    device: 'cpu',
    model: 'mean.onnx',
    tokenizer: 'tokenizer.json',
    ...over,
  }) as Options // each default has its option's type

function expected(ids: ArrayLike<number>, { labelCount, table }: TableModel): number[] {
  return Array.from(
    { length: labelCount },
    (_, label) => Array.from(ids).reduce((sum, id) => sum + table[id * labelCount + label], 0) / ids.length,
  )
}

const TEXTS = ['the theme', 'a', 'of mice and other mice, there', 'x'.repeat(700), 'the mill '.repeat(400)]
const documents: Document[] = ['', ...TEXTS].map((text) => documentOf({ text }))

describe.skipIf(!hasOnnxRuntime)('score-onnx-classifier (needs onnxruntime-node)', () => {
  it.each<[string, string, TableModel, number]>([
    ['mean.onnx', 'tokenizer.json', wide, 4],
    ['half.onnx', 'tokenizer.json', wide, 1],
    ['bert.onnx', 'bert.json', bert, 4],
    ['bert-half.onnx', 'bert.json', bert, 1],
  ])('%s scores what a text begins with, in any company', async (model, tokenizer, table, digits) => {
    const device = await stage.batch.open(options({ model, tokenizer }), resources)
    const scorer = await stage.batch.prepare(options({ model, tokenizer }), resources)
    const rows = documents.map((document) => scorer.rows(document))
    expect(rows[0]).toEqual([])
    const ids = rows.slice(1).map(([row]) => row as Int32Array) // this stage gives ids only
    expect(ids.at(-1)).toHaveLength(512)
    const together = await device.compute(ids)
    const settle = await stage.batch.settle(options({ label: 1 }), resources)
    for (const [i, row] of ids.entries()) {
      const [alone] = await device.compute([row])
      const wanted = expected(row, table)
      wanted.forEach((value, label) => {
        expect(together[i][label]).toBeCloseTo(value, digits)
        expect(alone[label]).toBeCloseTo(value, digits)
      })
      const { signals } = settle(documents[i + 1], scorer.score(documents[i + 1], [row], [together[i]]))
      expect(signals.score).toBeCloseTo(wanted[1], digits)
      expect(signals.best).toBe(together[i].indexOf(Math.max(...together[i])))
    }
    await device.close()
  })

  it('keeps the special tokens of a text that is cut', async () => {
    const scorer = await stage.batch.prepare(options({ tokenizer: 'bert.json', tokensMax: 8 }), resources)
    const [row] = scorer.rows(documentOf({ text: 'the mill, the mill, the mill, the mill' }))
    expect([...row].map((id) => PIECES[Number(id)])).toEqual(['[CLS]', 'the', 'mill', ',', 'the', 'mill', ',', '[SEP]'])
  })

  it('makes probabilities of logits, and drops what scores too low', async () => {
    const recorded = new Uint8Array(Float32Array.of(1, 2, 0).buffer)
    const outcome = async (over: Partial<Options>, score: Uint8Array | undefined = recorded) =>
      (await stage.batch.settle(options(over), resources))(documents[1], score)
    const sum = Math.E + Math.E ** 2 + 1
    expect((await outcome({ activation: 'softmax', label: 1 })).signals.score).toBeCloseTo(Math.E ** 2 / sum, 10)
    expect((await outcome({ activation: 'sigmoid' })).signals.score).toBeCloseTo(1 / (1 + Math.exp(-1)), 10)
    expect(await outcome({ action: 'drop', scoreMin: 1 })).toMatchObject({
      verdict: 'keep',
      signals: { score: 1, best: 1 },
    })
    expect(await outcome({ action: 'drop', scoreMin: 1.1 })).toMatchObject({ verdict: 'drop', reason: 'score' })
    expect(await outcome({ scoreMin: 9 })).toMatchObject({ verdict: 'keep' })
    expect((await outcome({ config: 'config.json', label: 'good' })).signals).toEqual({
      score: 0,
      best: 1,
      bestLabel: 'fair',
    })
  })

  it('settles an empty text, and logits that are no numbers', async () => {
    const settle = async (over: Partial<Options>) =>
      (await stage.batch.settle(options(over), resources))(documents[0], undefined)
    expect(await settle({})).toMatchObject({ verdict: 'keep', signals: {} })
    expect(await settle({ action: 'drop' })).toMatchObject({ verdict: 'drop', reason: 'empty' })
    const scorer = await stage.batch.prepare(options(), resources)
    expect(() => scorer.score(documents[1], [], [Float32Array.of(0, Number.NaN)])).toThrow('expected finite numbers')
  })

  it.each<[Partial<Options>, RegExp]>([
    [{ model: 'other.onnx' }, /expected an output "logits", got "scores"/],
    [{ model: 'tokens.onnx' }, /expected rows × labels, got 3 dimensions: it classifies tokens/],
    [{ label: 3 }, /label: expected one below the model's 3, got 3/],
    [{ model: 'tokenizer.json' }, /tokenizer\.json/],
    [{ config: 'two.json' }, /config: expected names for the model's 3 labels, got 2/],
    [
      { model: 'narrow.onnx' },
      /tokenizer: its highest id is 300, and ONNX model narrow.onnx has 40 ids: .*another model's/,
    ],
    [
      { model: 'short.onnx', tokenizer: 'bert.json' },
      /tokensMax: expected at most the 100 positions of .*short.onnx, got 512/,
    ],
  ])('refuses %o', async (over, message) => {
    await expect(stage.batch.open(options(over), resources)).rejects.toThrow(message)
  })

  it('refuses a model that is cut or spoiled anywhere, or gives numbers', async () => {
    const random = new Random(8)
    const whole = files['bert.onnx']
    for (let round = 0; round < 40; round++) {
      const bytes = whole.slice(0, round % 2 === 0 ? random.below(whole.length) : whole.length)
      if (round % 2 === 1) bytes[random.below(300)] ^= 1 << random.below(8)
      const read = { ...resources, readFile: async (path: string) => (path === 'spoiled' ? bytes : files[path]) }
      try {
        const device = await stage.batch.open(options({ model: 'spoiled', tokenizer: 'bert.json' }), read)
        await device.close()
      } catch (error) {
        expect(error, `round ${round}`).toMatchObject({ name: 'ConfigError' })
      }
    }
  })
})

it.each<[Partial<Options>, RegExp]>([
  [{ label: 'good' }, /label: expected config beside the name "good", got none/],
  [{ label: 'great', config: 'config.json' }, /label: expected one of "poor", "fair", "good", got "great"/],
  [{ config: 'odd.json' }, /odd\.json, id2label: expected names of 0 to 1, got undefined at 1/],
  [{ config: 'none.json' }, /none\.json: expected an object id2label/],
])('tells before a run what is wrong with %o', async (over, message) => {
  await expect((async () => stage.batch.settle(options(over), resources))()).rejects.toThrow(message)
})

describe.skipIf(!hasOnnxRuntime)('in a whole run (needs onnxruntime-node)', () => {
  const folder = temporaryFolder()
  const random = new Random(4)
  const texts = Array.from({ length: 90 }, (_, i) =>
    i === 17
      ? ''
      : Array.from({ length: 1 + random.below(i % 9 === 0 ? 900 : 40) }, () =>
          random.pick(['The mill', 'met Anna', 'café,', 'Paris!', 'xyz', '東']),
        ).join(' '),
  )
  const lines = (of: readonly string[], from: number) =>
    of.map((text, i) => `${JSON.stringify({ id: String(from + i), text })}\n`).join('')

  const write = (name: string, stageOptions: object) => {
    const config = {
      input: { jsonl: 'in-*.jsonl' },
      stages: [{ 'score-onnx-classifier': stageOptions }],
      output: { jsonl: name, compression: 'none' },
    }
    writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(config))
    return join(folder, `${name}.yaml`)
  }
  const regression = {
    device: 'cpu',
    model: 'grade.onnx',
    tokenizer: 'bert.json',
    config: 'grade.json',
    label: 'LABEL_0',
    batchTokens: 2000,
  }

  beforeAll(() => {
    for (const name of ['bert.onnx', 'bert-half.onnx', 'grade.onnx', 'bert.json', 'config.json', 'narrow.onnx']) {
      writeFileSync(join(folder, name), files[name])
    }
    // As the configuration of FineWeb-Edu's classifier: one label, a regression.
    writeFileSync(
      join(folder, 'grade.json'),
      JSON.stringify({ id2label: { 0: 'LABEL_0' }, problem_type: 'regression' }),
    )
    writeFileSync(join(folder, 'in-a.jsonl'), lines(texts.slice(0, 40), 0))
    writeFileSync(join(folder, 'in-b.jsonl'), lines(texts.slice(40), 40))
  })

  const tokenizer = openTokenizer(files['bert.json'], 'bert.json')
  const idsOf = (text: string) => [2, ...tokenizer.encode(text).subarray(0, 510), 3]

  it('grades each document as the arithmetic does, and drops by the grade without the model', async () => {
    const first = await millrace(['run', write('grades', regression), '--workers', '2'])
    expect(first.code, first.stderr).toBe(0)
    const zstd = await loadZstd()
    const rows = readdirSync(join(folder, 'grades/scores')).flatMap((file) => [
      ...openArrow(readFileSync(join(folder, 'grades/scores', file)), zstd).rows(['id', 'score', 'bestLabel']),
    ]) as unknown as { id: string; score: number; bestLabel: string }[] // the stage's columns
    expect(rows).toHaveLength(texts.length - 1)
    const grades = new Map(texts.map((text, i) => [String(i), expected(idsOf(text), modelOf(PIECES.length, 1))[0]]))
    for (const { id, score, bestLabel } of rows) {
      expect(score).toBeCloseTo(grades.get(id) ?? Number.NaN, 4)
      expect(bestLabel).toBe('LABEL_0')
    }
    const limit = [...grades.values()].sort((a, b) => a - b)[45] + 1e-3
    const second = await millrace(['run', write('grades', { ...regression, action: 'drop', scoreMin: limit })])
    expect(second.code, second.stderr).toBe(0)
    const { totals } = JSON.parse(readFileSync(join(folder, 'grades/ledger.json'), 'utf8'))
    const kept = texts.filter((text, i) => text !== '' && (grades.get(String(i)) ?? 0) >= limit).length
    expect(totals).toMatchObject({
      kept,
      dropped: { 'score-onnx-classifier': { score: texts.length - 1 - kept, empty: 1 } },
    })
    expect(readFileSync(join(folder, 'grades/log/run.jsonl'), 'utf8').match(/"event":"device"/g)).toHaveLength(1)
  })

  it('gives the same bytes for any number of workers', async () => {
    const several = {
      device: 'cpu',
      model: 'bert-half.onnx',
      tokenizer: 'bert.json',
      config: 'config.json',
      label: 'good',
    }
    const digests: Record<string, string>[] = []
    for (const workers of ['1', '3']) {
      const { code, stderr } = await millrace(['run', write('same', several), '--fresh', '--workers', workers])
      expect(code, stderr).toBe(0)
      digests.push(runDigest(join(folder, 'same')))
    }
    expect(digests[0]).toEqual(digests[1])
  })

  it('refuses a tokenizer of another model before anything starts', async () => {
    const { code, stderr } = await millrace(['run', write('narrow', { ...regression, model: 'narrow.onnx' })])
    expect(code).toBe(2)
    expect(stderr).toContain("the tokenizer is another model's")
  })
})
