/**
 * Scores texts with a sequence classifier in ONNX (FineWeb-Edu's way: Penedo et al. 2024, arXiv 2406.17557, section 4) on a GPU or
 * a CPU. Only the beginning of a text is read, as far as the model reaches. Logits are recorded once: other limits are tried
 * without the model. Tokenizers: WordPiece, as BERT's own, and byte-pair encoding, in tokenizer.json.
 */
import { ConfigError, RecordError } from '../src/errors/errors.js'
import { readModelLabels } from '../src/neural/model-labels.js'
import { openOnnxClassifier, weightFiles } from '../src/neural/onnx-classifier.js'
import { filterAction, integer, nameOrNumber, number, type OptionValues, oneOf, path } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage, type Resources } from '../src/stage/stage.js'
import { openTokenizer } from '../src/tokenizer/open-tokenizer.js'

const OPTIONS = {
  device: oneOf(['cuda', 'webgpu', 'cpu'], { meaning: 'where the model runs; never another one in silence.' }),
  model: path({ meaning: 'sequence classifier in ONNX, with input_ids and logits.' }),
  tokenizer: path({ meaning: "the model's tokenizer.json." }),
  config: path({
    default: '',
    meaning: "the model's config.json, whose id2label names the labels. None: they are numbers.",
  }),
  tokensMax: integer({
    default: 512,
    min: 8,
    unit: 'tokens',
    meaning:
      'what the model sees of a text, with the special tokens around it; at most what the model has positions for.',
  }),
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
  label: nameOrNumber({
    default: 0,
    meaning: 'the label whose score counts: its number, from 0, or its name in config.',
  }),
  scoreMin: number({ default: 0, meaning: 'With action: drop, a document passes when it scores at least this.' }),
  action: filterAction('annotate'),
}

type Options = OptionValues<typeof OPTIONS>

export default defineStage({
  kind: 'eachBatch',
  summary: 'score texts with a sequence classifier in ONNX, and drop what scores too low',
  source: 'FineWeb-Edu: Penedo et al. 2024, arXiv 2406.17557',
  options: OPTIONS,
  signals: {
    score: { type: 'number', meaning: 'of the label; missing for an empty text' },
    best: { type: 'number', meaning: 'number of the label with the greatest logit; missing for an empty text' },
    bestLabel: { type: 'string', meaning: 'its name; missing without config, and for an empty text' },
  },

  batch: {
    keepScores: ['threads', 'activation', 'label', 'scoreMin', 'action'],

    budget: ({ batchTokens }) => ({ cellsMax: batchTokens, rowsMax: 256 }),

    files: async ({ model }, resources) => weightFiles(await resources.readFile(model), model),

    async open(options, resources) {
      const { model, tokenizer, device, threads, tokensMax } = options
      const labels = await readLabels(options, resources)
      const { idEnd } = openTokenizer(await resources.readFile(tokenizer), tokenizer)
      const bytes = await resources.readFile(model)
      const opened = await openOnnxClassifier(bytes, { path: model, device, threads, per: 'row', idEnd, tokensMax })
      const { labelCount } = opened
      const wrong =
        labels !== null && labels.length !== labelCount
          ? `config: expected names for the model's ${labelCount} labels, got ${labels.length}`
          : labelNumber(options, labels) >= labelCount
            ? `label: expected one below the model's ${labelCount}, got ${options.label}`
            : null
      if (wrong === null) return opened
      await opened.close()
      throw new ConfigError(wrong)
    },

    async prepare({ tokenizer: file, tokensMax }, resources) {
      const tokenizer = openTokenizer(await resources.readFile(file), file)
      const { before, after } = tokenizer
      const room = tokensMax - before.length - after.length
      if (room < 1) throw new ConfigError(`tokensMax: expected more than the ${tokensMax - room} special tokens`)
      return {
        rows({ text }) {
          if (text === '') return []
          return [Int32Array.of(...before, ...tokenizer.encode(text).subarray(0, room), ...after)]
        },
        score(_document, _rows, [logits]) {
          const wrong = logits.find((logit) => !Number.isFinite(logit))
          if (wrong !== undefined) throw new RecordError('logit', `logits: expected finite numbers, got ${wrong}`)
          return new Uint8Array(Float32Array.from(logits).buffer)
        },
      }
    },

    async settle(options, resources) {
      const { activation, scoreMin, action } = options
      const labels = await readLabels(options, resources)
      const label = labelNumber(options, labels)
      return (_document, recorded) => {
        if (recorded === undefined) return action === 'drop' ? drop('empty') : keep()
        const logits = new Float32Array(recorded.slice().buffer)
        const best = logits.indexOf(Math.max(...logits))
        const signals = {
          score: scoreOf(logits, label, activation),
          best,
          ...(labels !== null && { bestLabel: labels[best] }),
        }
        return action === 'drop' && signals.score < scoreMin ? drop('score', signals) : keep(signals)
      }
    },
  },
})

async function readLabels({ config }: Options, resources: Resources): Promise<readonly string[] | null> {
  return config === '' ? null : readModelLabels(await resources.readFile(config), config)
}

/** @throws ConfigError for a name that is none */
function labelNumber({ label }: Options, labels: readonly string[] | null): number {
  if (typeof label === 'number') return label
  const at = labels?.indexOf(label) ?? -1
  if (at >= 0) return at
  throw new ConfigError(
    labels === null
      ? `label: expected config beside the name ${JSON.stringify(label)}, got none`
      : `label: expected one of ${labels.map((name) => JSON.stringify(name)).join(', ')}, got ${JSON.stringify(label)}`,
  )
}

function scoreOf(logits: Float32Array, label: number, activation: 'none' | 'softmax' | 'sigmoid'): number {
  if (activation === 'none') return logits[label]
  if (activation === 'sigmoid') return 1 / (1 + Math.exp(-logits[label]))
  const max = Math.max(...logits)
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - max), 0)
  return Math.exp(logits[label] - max) / sum
}
