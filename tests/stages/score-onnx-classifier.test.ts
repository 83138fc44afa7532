/** A model of means of rows, held against the same arithmetic here. */
import { describe, expect, it } from 'vitest'
import type { Document } from '../../src/document/document.js'
import type { OptionValues } from '../../src/stage/options.js'
import type { Resources } from '../../src/stage/stage.js'
import stage from '../../stages/score-onnx-classifier.js'
import { documentOf, RESOURCES } from '../support/dedup.js'
import { type ElementType, Graph } from '../support/onnx-file.js'
import { hasOnnxRuntime } from '../support/onnxruntime.js'
import { smallJson } from '../support/small-tokenizer.js'

const IDS = 400
const LABELS = 3
const table = Float32Array.from({ length: IDS * LABELS }, (_, i) => ((i * 37) % 101) / 25 - 2)

/** logits = mean over the ids that are no padding of the table's rows. */
function meanModel(output = 'logits', maskType: ElementType = 'int64'): Uint8Array {
  const graph = new Graph()
  graph.input('input_ids', 'int64', ['rows', 'columns'])
  graph.input('attention_mask', maskType, ['rows', 'columns'])
  graph.input('token_type_ids', 'int64', ['rows', 'columns'])
  graph.initializer('table', 'float32', [IDS, LABELS], new Uint8Array(table.buffer))
  const known = graph.op('Add', ['input_ids', 'token_type_ids'])
  const rows = graph.op('Gather', ['table', known])
  const mask = graph.op('Cast', [graph.op('Unsqueeze', ['attention_mask', graph.int64([2])])], { to: 1 })
  const sum = graph.op('ReduceSum', [graph.op('Mul', [rows, mask]), graph.int64([1])], { keepdims: 0 })
  const count = graph.op('ReduceSum', [mask, graph.int64([1])], { keepdims: 0 })
  graph.op('Div', [sum, count], {}, output)
  graph.output(output, 'float32', ['rows', LABELS])
  return graph.model(17)
}

const files: Record<string, Uint8Array> = {
  'mean.onnx': meanModel(),
  'other.onnx': meanModel('scores'),
  'tokenizer.json': new TextEncoder().encode(smallJson()),
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

function expected(ids: Int32Array): number[] {
  return Array.from(
    { length: LABELS },
    (_, label) => ids.reduce((sum, id) => sum + table[id * LABELS + label], 0) / ids.length,
  )
}

const TEXTS = ['the theme', 'a', 'of mice and other mice, there', 'x'.repeat(700)]
const documents: Document[] = ['', ...TEXTS].map((text) => documentOf({ text }))

describe.skipIf(!hasOnnxRuntime)('score-onnx-classifier (needs onnxruntime-node)', () => {
  it('scores what a text begins with, in any company', async () => {
    const device = await stage.batch.open(options(), resources)
    const scorer = await stage.batch.prepare(options(), resources)
    const rows = documents.map((document) => scorer.rows(document))
    expect(rows[0]).toEqual([])
    const ids = rows.slice(1).map(([row]) => row as Int32Array) // this stage gives ids only
    expect(ids[3].length).toBe(512)
    const together = await device.compute(ids)
    const settle = await stage.batch.settle(options({ label: 1 }), resources)
    for (const [i, row] of ids.entries()) {
      const [alone] = await device.compute([row])
      const wanted = expected(row)
      wanted.forEach((value, label) => {
        expect(together[i][label]).toBeCloseTo(value, 4)
        expect(alone[label]).toBeCloseTo(value, 4)
      })
      const { signals } = settle(documents[i + 1], scorer.score(documents[i + 1], [row], [together[i]]))
      expect(signals.score).toBeCloseTo(wanted[1], 4)
      expect(signals.best).toBe(wanted.indexOf(Math.max(...wanted)))
    }
    await device.close()
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
  })

  it('settles an empty text', async () => {
    const settle = async (over: Partial<Options>) =>
      (await stage.batch.settle(options(over), resources))(documents[0], undefined)
    expect(await settle({})).toMatchObject({ verdict: 'keep', signals: {} })
    expect(await settle({ action: 'drop' })).toMatchObject({ verdict: 'drop', reason: 'empty' })
  })

  it.each<[Partial<Options>, RegExp]>([
    [{ model: 'other.onnx' }, /expected an output "logits", got "scores"/],
    [{ label: 3 }, /label: expected one below the model's 3, got 3/],
    [{ model: 'tokenizer.json' }, /tokenizer\.json/],
  ])('refuses %o', async (over, message) => {
    await expect(stage.batch.open(options(over), resources)).rejects.toThrow(message)
  })
})
