/**
 * Scores texts with a sequence classifier in ONNX (FineWeb-Edu's way: Penedo et al. 2024, arXiv 2406.17557, section 4) on a GPU or
 * a CPU. Only the beginning of a text is read, as far as the model reaches. Logits are recorded once: other limits are tried
 * without the model. Tokenizers: byte-pair encoding only, in tokenizer.json; WordPiece, as BERT's own, is not read.
 */
import { ConfigError } from '../src/errors/errors.js'
import { openOnnxClassifier } from '../src/neural/onnx-classifier.js'
import { filterAction, integer, number, oneOf, path } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'
import { openTokenizer } from '../src/tokenizer/open-tokenizer.js'

export default defineStage({
  kind: 'eachBatch',
  summary: 'score texts with a sequence classifier in ONNX, and drop what scores too low',
  source: 'FineWeb-Edu: Penedo et al. 2024, arXiv 2406.17557',
  options: {
    device: oneOf(['cuda', 'webgpu', 'cpu'], { meaning: 'where the model runs; never another one in silence.' }),
    model: path({ meaning: 'sequence classifier in ONNX, with input_ids and logits.' }),
    tokenizer: path({ meaning: "the model's tokenizer.json." }),
    tokensMax: integer({ default: 512, min: 8, unit: 'tokens', meaning: 'what the model sees of a text.' }),
    batchTokens: integer({
      default: 16_384,
      min: 16,
      unit: 'tokens',
      meaning: 'most tokens of a batch, padding included: bounds the memory of the device.',
    }),
    threads: integer({ default: 0, min: 0, meaning: 'threads of device cpu. 0: as many as there are cores.' }),
    activation: oneOf(['none', 'softmax', 'sigmoid'], {
      default: 'none',
      meaning: 'what makes a score of logits. none: the logit itself, for models that estimate a grade.',
    }),
    label: integer({ default: 0, min: 0, meaning: 'number of the label whose score counts, from 0.' }),
    scoreMin: number({ default: 0, meaning: 'With action: drop, a document passes when it scores at least this.' }),
    action: filterAction('annotate'),
  },
  signals: {
    score: { type: 'number', meaning: 'of the label; missing for an empty text' },
    best: { type: 'number', meaning: 'number of the label with the greatest logit; missing for an empty text' },
  },

  batch: {
    keepScores: ['threads', 'activation', 'label', 'scoreMin', 'action'],

    budget: ({ batchTokens }) => ({ cellsMax: batchTokens, rowsMax: 256 }),

    async open({ model, device, threads, label }, resources) {
      const opened = await openOnnxClassifier(await resources.readFile(model), { path: model, device, threads })
      if (label < opened.labelCount) return opened
      await opened.close()
      throw new ConfigError(`label: expected one below the model's ${opened.labelCount}, got ${label}`)
    },

    async prepare({ tokenizer: file, tokensMax }, resources) {
      const tokenizer = openTokenizer(await resources.readFile(file), file)
      const { before, after } = tokenizer
      const room = tokensMax - before.length - after.length
      if (room < 1) throw new ConfigError(`tokensMax: expected more than the ${tokensMax - room} special tokens`)
      return {
        rows({ text }) {
          if (text === '') return []
          return [Int32Array.of(...before, ...tokenizer.encode(text).slice(0, room), ...after)]
        },
        score: (_document, _rows, [logits]) => new Uint8Array(Float32Array.from(logits).buffer),
      }
    },

    settle:
      ({ activation, label, scoreMin, action }) =>
      (_document, recorded) => {
        if (recorded === undefined) return action === 'drop' ? drop('empty') : keep()
        const logits = new Float32Array(recorded.slice().buffer)
        const signals = { score: scoreOf(logits, label, activation), best: logits.indexOf(Math.max(...logits)) }
        return action === 'drop' && signals.score < scoreMin ? drop('score', signals) : keep(signals)
      },
  },
})

function scoreOf(logits: Float32Array, label: number, activation: 'none' | 'softmax' | 'sigmoid'): number {
  if (activation === 'none') return logits[label]
  if (activation === 'sigmoid') return 1 / (1 + Math.exp(-logits[label]))
  const max = Math.max(...logits)
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - max), 0)
  return Math.exp(logits[label] - max) / sum
}
