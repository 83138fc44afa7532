/**
 * `mask-pii` with entities that a token classifier in ONNX finds: a user's own model, on a GPU or a CPU. The model looks at each
 * text once and its entities are recorded; what becomes of them, beside what patterns find, is then decided by the rule of
 * `mask-pii` and can be changed without the model. How labels become entities: src/ner/token-labels.ts; how long texts are
 * shown to the model: src/neural/token-windows.ts.
 */
import type { Span } from '../src/document/document.js'
import { ConfigError, RecordError } from '../src/errors/errors.js'
import { ENTITY_TYPES } from '../src/ner/labels.js'
import { readEntities, writeEntities } from '../src/ner/recorded-entities.js'
import { entitiesOfTokens, readTokenLabels, type TokenLabels, typeOfLabel } from '../src/ner/token-labels.js'
import { readModelLabels } from '../src/neural/model-labels.js'
import { openOnnxClassifier, weightFiles } from '../src/neural/onnx-classifier.js'
import { type TokenWindow, tokenWindows } from '../src/neural/token-windows.js'
import { masksIn } from '../src/pii/actions.js'
import { ACTION, countDeclarations, MASKING_OPTIONS, prepareMasking } from '../src/pii/masking.js'
import { PATTERN_TYPES } from '../src/pii/types.js'
import { integer, listOf, mapOfNames, type OptionValues, oneOf, path, string } from '../src/stage/options.js'
import { defineStage, type Resources } from '../src/stage/stage.js'
import { openTokenizer } from '../src/tokenizer/open-tokenizer.js'
import type { Offsets, TextTokenizer } from '../src/tokenizer/text-tokenizer.js'

const MODEL_OPTIONS = {
  device: oneOf(['cuda', 'webgpu', 'cpu'], { meaning: 'where the model runs; never another one in silence.' }),
  model: path({ meaning: 'token classifier in ONNX, with input_ids and logits.' }),
  tokenizer: path({ meaning: "the model's tokenizer.json." }),
  config: path({ default: '', meaning: "the model's config.json, whose id2label names the labels." }),
  labels: listOf(string({ meaning: 'a label' }), {
    default: [],
    meaning: 'names of the labels in the order of the logits, in place of config: O, B-PER, I-PER, …',
  }),
  tokensMax: integer({
    default: 512,
    min: 8,
    unit: 'tokens',
    meaning: 'what the model sees at once, with the special tokens around it; at most what it has positions for.',
  }),
  strideTokens: integer({
    default: 384,
    min: 1,
    unit: 'tokens',
    meaning: 'how far windows of longer texts move on: what is left of tokensMax is seen twice.',
  }),
  batchTokens: integer({
    default: 16_384,
    min: 16,
    unit: 'tokens',
    meaning: 'most tokens of a batch, padding included: bounds the memory of the device.',
  }),
  threads: integer({ default: 0, min: 0, meaning: 'threads of device cpu. 0: as many as there are cores.' }),
}

const DECISION_OPTIONS = {
  types: listOf(string({ meaning: 'a type' }), {
    default: [...ENTITY_TYPES],
    meaning:
      'What is masked: person, organization, location, other types of the model by the names of its labels, and the patterns of mask-pii.',
  }),
  actions: mapOfNames(ACTION, { default: {}, meaning: 'Types with an action of their own.' }),
  ...MASKING_OPTIONS,
}

type Options = OptionValues<typeof MODEL_OPTIONS & typeof DECISION_OPTIONS>

const COUNTED = [...PATTERN_TYPES, ...ENTITY_TYPES] as const

export default defineStage({
  kind: 'eachBatch',
  summary: "mask personal data that a token classifier in ONNX finds, a user's own, and what patterns find",
  source: 'labels of sub-words: Devlin et al. 2019, section 5.3; masking: mask-pii',
  options: { ...MODEL_OPTIONS, ...DECISION_OPTIONS },
  signals: {
    ...countDeclarations(COUNTED),
    otherCount: { type: 'number', unit: 'spans', meaning: 'spans found of types that only the model knows' },
  },

  batch: {
    keepScores: ['threads', ...Object.keys(DECISION_OPTIONS)],

    budget: ({ batchTokens }) => ({ cellsMax: batchTokens, rowsMax: 256 }),

    files: async ({ model }, resources) => weightFiles(await resources.readFile(model), model),

    async open(options, resources) {
      const { model, device, threads, tokensMax } = options
      const { labels } = await readLabels(options, resources)
      const { idEnd } = await readTokenizer(options, resources)
      const bytes = await resources.readFile(model)
      const opened = await openOnnxClassifier(bytes, { path: model, device, threads, per: 'token', idEnd, tokensMax })
      if (labels.length === opened.labelCount) return opened
      await opened.close()
      throw new ConfigError(
        `${options.config === '' ? 'labels' : 'config'}: expected the model's ${opened.labelCount} labels, got ${labels.length}`,
      )
    },

    async prepare(options, resources) {
      const tokenizer = await readTokenizer(options, resources)
      const labels = await readLabels(options, resources)
      const { before, after } = tokenizer
      const room = options.tokensMax - before.length - after.length
      if (options.strideTokens >= room) {
        throw new ConfigError(
          `strideTokens: expected fewer than tokensMax without its special tokens, ${room}, got ${options.strideTokens}`,
        )
      }
      tokenizer.encodeWithOffsets(' a') // throws for one that has none
      const windowsOf = (count: number) => tokenWindows(count, { room, stride: options.strideTokens })
      // Between rows and score, which come one after the other for a document.
      const encoded = new WeakMap<object, Offsets>()
      return {
        rows(document) {
          const offsets = tokenizer.encodeWithOffsets(document.text)
          encoded.set(document, offsets)
          return windowsOf(offsets.ids.length).map(({ from, to }) =>
            Int32Array.of(...before, ...offsets.ids.subarray(from, to), ...after),
          )
        },
        score(document, _rows, numbers) {
          const { text } = document
          const offsets = encoded.get(document) ?? tokenizer.encodeWithOffsets(text)
          encoded.delete(document)
          const best = decided(numbers, windowsOf(offsets.ids.length), before.length, labels.labels.length)
          const continues = continuation(tokenizer, text, offsets)
          return writeEntities(entitiesOfTokens(text, { units: offsets.units, continues, best }, labels))
        },
      }
    },

    async settle(options, resources) {
      const { types: names } = await readLabels(options, resources)
      const types = options.types.map(typeOrPattern)
      checkTypes(types, names)
      const actions = Object.fromEntries(
        Object.entries(options.actions).map(([name, act]) => [typeOrPattern(name), act]),
      )
      for (const name of Object.keys(actions)) {
        if (!types.includes(name))
          throw new ConfigError(`actions: expected names of types, got ${JSON.stringify(name)}`)
      }
      let found: { readonly text: string; readonly spans: readonly Span[] } = { text: '', spans: [] }
      const mask = await prepareMasking(options, resources, {
        patterns: PATTERN_TYPES.filter((type) => types.includes(type)),
        more: [(text) => (text === found.text ? found.spans : [])], // the model has not seen what is masked beside a name
        types: [...COUNTED.filter((type) => types.includes(type)), ...types],
        actions,
        counted: [...COUNTED.filter((type) => types.includes(type)), ...(types.some(isOther) ? ['other'] : [])],
      })
      return (document, recorded) => {
        const { text } = document
        const masks = masksIn(text)
        const spans = (recorded === undefined ? [] : readEntities(recorded))
          .map((entity) => ({ ...entity, type: names[entity.type] }))
          .filter(({ type, start, end }) => types.includes(type) && !masks(start, end))
        found = { text, spans }
        return mask(document)
      }
    },
  },
})

async function readTokenizer({ tokenizer }: Options, resources: Resources): Promise<TextTokenizer> {
  return openTokenizer(await resources.readFile(tokenizer), tokenizer)
}

async function readLabels({ config, labels }: Options, resources: Resources): Promise<TokenLabels> {
  if ((config === '') === (labels.length === 0)) {
    throw new ConfigError(`labels: expected either them or config, got ${config === '' ? 'neither' : 'both'}`)
  }
  return readTokenLabels(config === '' ? labels : readModelLabels(await resources.readFile(config), config))
}

function typeOrPattern(name: string): string {
  return isOther(name) ? typeOfLabel(name) : name
}

function isOther(type: string): boolean {
  return !COUNTED.some((counted) => counted === type)
}

/** @param known types that the model finds */
function checkTypes(types: readonly string[], known: readonly string[]): void {
  const strange = types.find((type) => isOther(type) && !known.includes(type))
  if (strange !== undefined || !types.some((type) => known.includes(type))) {
    throw new ConfigError(
      `types: expected some that the model finds (${known.join(', ')}), and patterns of mask-pii, got ${strange ?? types.join(', ')}`,
    )
  }
}

/** The best label of each token, out of the logits of the window that decides it. */
function decided(
  numbers: readonly Float32Array[],
  windows: readonly TokenWindow[],
  before: number,
  labelCount: number,
): (token: number) => { label: number; score: number } {
  let at = 0
  return (token) => {
    while (token >= windows[at].last) at++
    const from = (before + token - windows[at].from) * labelCount
    const logits = numbers[at].subarray(from, from + labelCount)
    let label = 0
    for (let i = 1; i < labelCount; i++) if (logits[i] > logits[label]) label = i
    let sum = 0
    for (const logit of logits) sum += Math.exp(logit - logits[label])
    if (!Number.isFinite(sum)) throw new RecordError('logit', 'logits: expected finite numbers, got another one')
    return { label, score: 1 / sum }
  }
}

/**
 * Where the vocabulary does not tell, words are what stands between white space. A space that is a token of its own begins the word
 * behind it, as it does inside of other tokens.
 */
function continuation(tokenizer: TextTokenizer, text: string, { ids, units }: Offsets): (token: number) => boolean {
  const isSpace = (at: number) => /\s/.test(text.charAt(at))
  return (token) => {
    const known = tokenizer.continuesWord(ids[token])
    if (known !== null) return known
    const start = units[2 * token]
    if (start === 0 || isSpace(start)) return false
    return !isSpace(start - 1) || (units[2 * token - 2] === start - 1 && text.charAt(start - 1) === ' ')
  }
}
