/**
 * How surprising a text is to a causal language model: any that is exported to ONNX, on a GPU or a CPU, or one behind an
 * endpoint (vLLM, SGLang). What is counted, and how long documents are cut into windows, is defined in
 * src/neural/windows.ts. Scores are recorded once: other limits are tried without the model.
 */
import { dirname, join } from 'node:path'
import { ConfigError } from '../src/errors/errors.js'
import { BUCKETS_OPTION, bucketRule, CUTOFFS_OPTION } from '../src/lm/cutoffs.js'
import { readOnnxFile } from '../src/neural/onnx-file.js'
import { type OnnxModel, openOnnxModel } from '../src/neural/onnx-model.js'
import { readLogProbabilities, readNeuralScore, writeNeuralScore } from '../src/neural/recorded-score.js'
import { openServer, PROBE_TEXT } from '../src/neural/server.js'
import { cutWindows, joinWindows, type WindowOptions } from '../src/neural/windows.js'
import { boolean, filterAction, integer, number, type OptionValues, oneOf, path, string } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { type Device, defineStage, type Resources } from '../src/stage/stage.js'
import { openTokenizer } from '../src/tokenizer/open-tokenizer.js'
import type { TextTokenizer } from '../src/tokenizer/text-tokenizer.js'

const MODEL_OPTIONS = {
  device: oneOf(['cuda', 'webgpu', 'cpu', 'server'], {
    meaning: 'where the model runs; never another one in silence. server: an endpoint, see url.',
  }),
  model: path({ default: '', meaning: 'causal language model in ONNX, with input_ids and logits.' }),
  tokenizer: path({
    default: '',
    meaning:
      "the model's tokenizer.json. With device server it may be left out: texts go out whole, the server splits them.",
  }),
  bosToken: string({
    default: 'auto',
    meaning: "token before each document: auto for the tokenizer's own, a token by its text, '' for none.",
  }),
  contextTokens: integer({ default: 1024, min: 2, unit: 'tokens', meaning: 'what the model sees at once.' }),
  strideTokens: integer({
    default: 512,
    min: 1,
    unit: 'tokens',
    meaning: 'how far windows of longer documents move on; less is more exact and slower.',
  }),
  batchTokens: integer({
    default: 16_384,
    min: 16,
    unit: 'tokens',
    meaning: 'most tokens of a batch, padding included: bounds the memory of the device.',
  }),
  threads: integer({ default: 0, min: 0, meaning: 'threads of device cpu. 0: as many as there are cores.' }),
  perToken: boolean({ default: false, meaning: 'also record the log-probability of each token.' }),
}

const SERVER_OPTIONS = {
  url: string({ default: '', meaning: "the server's root with device server, as http://localhost:8000." }),
  protocol: oneOf(['vllm', 'sglang', 'echo'], {
    default: 'vllm',
    meaning: "vllm: prompt_logprobs; sglang: its /generate; echo: OpenAI's legacy echo with logprobs.",
  }),
  modelName: string({ default: '', meaning: 'the name that the server knows the model by.' }),
  apiKeyVariable: string({ default: '', meaning: "environment variable that holds the server's key." }),
  concurrency: integer({ default: 8, min: 1, max: 1024, meaning: 'requests under way at the server.' }),
  timeoutSeconds: number({ default: 120, min: 1, unit: 'seconds', meaning: 'longest wait for a reply.' }),
  attemptsMax: integer({ default: 6, min: 1, meaning: 'attempts at a request while the server fails or is busy.' }),
  retryMs: integer({ default: 500, min: 1, unit: 'ms', meaning: 'wait before the second attempt; it doubles.' }),
}

const DECISION_OPTIONS = {
  perplexityMin: number({ default: 0, min: 0, meaning: 'least perplexity.' }),
  perplexityMax: number({ default: 0, min: 0, meaning: 'greatest perplexity. 0: no limit.' }),
  bitsPerByteMax: number({ default: 0, min: 0, unit: 'bits', meaning: 'most bits per byte of text. 0: no limit.' }),
  cutoffs: CUTOFFS_OPTION,
  buckets: BUCKETS_OPTION,
  action: filterAction('annotate'),
}

type ModelOptions = OptionValues<typeof MODEL_OPTIONS & typeof SERVER_OPTIONS>

/** How the server is reached, not what it answers. */
const REACHING = ['url', 'apiKeyVariable', 'concurrency', 'timeoutSeconds', 'attemptsMax', 'retryMs', 'threads']
/** A text's tokens are its server's to count: about four characters each. */
const CHARACTERS_PER_TOKEN = 4

export default defineStage({
  kind: 'eachBatch',
  summary: 'measure how surprising a text is to a neural language model, and drop what is too much so or too little',
  source: 'windows: Hugging Face transformers, Perplexity of fixed-length models',
  options: { ...MODEL_OPTIONS, ...SERVER_OPTIONS, ...DECISION_OPTIONS },
  signals: {
    tokenCount: { type: 'number', unit: 'tokens', meaning: 'tokens scored' },
    nll: { type: 'number', unit: 'nats', meaning: 'negative log-likelihood of the scored tokens' },
    perplexity: { type: 'number', meaning: 'exp(nll / tokenCount); missing where no token was scored' },
    bitsPerByte: {
      type: 'number',
      unit: 'bits',
      meaning: "nll over the text's UTF-8 bytes: comparable between models",
    },
    bucket: { type: 'string', meaning: 'head, middle or tail by the cutoffs of its language, else all' },
  },

  batch: {
    keepScores: [...REACHING, ...Object.keys(DECISION_OPTIONS)],

    budget: ({ batchTokens, tokenizer }) => ({
      cellsMax: tokenizer === '' ? batchTokens * CHARACTERS_PER_TOKEN : batchTokens,
      rowsMax: 256,
    }),

    async files({ device, model }, resources) {
      if (device === 'server' || model === '') return []
      const { externalFiles } = readOnnxFile(await resources.readFile(model), model)
      return externalFiles.map((file) => join(dirname(model), file))
    },

    open: (options, resources) => openDevice(options, resources),

    async prepare(options, resources) {
      checkOptions(options)
      const { perToken } = options
      const encoder = new TextEncoder()
      const textBytes = (text: string) => encoder.encode(text).length
      if (options.tokenizer === '') {
        return {
          rows: ({ text }) => (text === '' ? [] : [text]),
          score: ({ text }, _rows, [numbers]) => writeNeuralScore(numbers, textBytes(text), perToken),
        }
      }
      const tokenizer = await readTokenizer(options, resources)
      const windows = windowOptions(options, tokenizer)
      return {
        rows: ({ text }) => cutWindows(new Int32Array(tokenizer.encode(text)), windows),
        score: ({ text }, _rows, numbers) => writeNeuralScore(joinWindows(numbers, windows), textBytes(text), perToken),
      }
    },

    async settle(options, resources) {
      const { perplexityMin, perplexityMax, bitsPerByteMax, action } = options
      const rule = await bucketRule(options, (path) => resources.readFile(path))
      if (action === 'drop' && perplexityMin + perplexityMax + bitsPerByteMax === 0 && !rule.drops) {
        throw new ConfigError(
          'action: drop: expected perplexityMin, perplexityMax, bitsPerByteMax or buckets with it, got none',
        )
      }
      return ({ language, text }, recorded) => {
        const score = recorded === undefined ? null : readNeuralScore(recorded)
        const perplexity = score?.perplexity ?? null
        const bitsPerByte = score?.bitsPerByte ?? null
        const bucket = rule.bucketOf(language, perplexity)
        const signals = {
          tokenCount: score?.tokenCount ?? 0,
          nll: score?.nll ?? 0,
          ...(perplexity !== null && { perplexity }),
          ...(bitsPerByte !== null && { bitsPerByte }),
          ...(bucket !== null && { bucket }),
        }
        if (action === 'annotate') return keep(signals)
        if (perplexity === null || bitsPerByte === null) return drop(text.trim() === '' ? 'empty' : 'unscored', signals)
        if (perplexity < perplexityMin) return drop('perplexityMin', signals)
        if (perplexityMax > 0 && perplexity > perplexityMax) return drop('perplexityMax', signals)
        if (bitsPerByteMax > 0 && bitsPerByte > bitsPerByteMax) return drop('bitsPerByteMax', signals)
        if (!rule.passes(bucket)) return drop('bucket', signals)
        return keep(signals)
      }
    },

    series: {
      name: 'logProbabilities',
      meaning: 'natural logarithm of the probability of each scored token, in order; with perToken',
      read: readLogProbabilities,
    },
  },
})

function checkOptions({ device, model, tokenizer, url, contextTokens, strideTokens }: ModelOptions): void {
  if (device === 'server') {
    if (url === '') throw new ConfigError('url: expected the address of the server with device server, got none')
  } else {
    if (model === '') throw new ConfigError(`model: expected an ONNX file with device ${device}, got none`)
    if (tokenizer === '') throw new ConfigError(`tokenizer: expected a file with device ${device}, got none`)
  }
  if (strideTokens >= contextTokens) {
    throw new ConfigError(`strideTokens: expected fewer than contextTokens, ${contextTokens}, got ${strideTokens}`)
  }
}

async function openDevice(options: ModelOptions, resources: Resources): Promise<Device> {
  checkOptions(options)
  const { device, model, threads } = options
  if (device !== 'server') {
    const opened = await openOnnxModel(await resources.readFile(model), { path: model, device, threads })
    try {
      checkFit(options, await readTokenizer(options, resources), opened)
    } catch (error) {
      await opened.close()
      throw error
    }
    return opened
  }
  const connection = { ...options, model: options.modelName }
  if (options.tokenizer === '') return openServer({ ...connection, contextTokens: null, probe: PROBE_TEXT })
  const tokenizer = await readTokenizer(options, resources)
  const { bos } = windowOptions(options, tokenizer)
  const encoded = tokenizer.encode(PROBE_TEXT)
  const pieces = Array.from(encoded, (id) => tokenizer.decode([id]))
  const ids = Int32Array.from(bos === null ? encoded : [bos, ...encoded])
  return openServer({
    ...connection,
    probe: { ids, pieces: bos === null ? pieces : [tokenizer.decode([bos]), ...pieces] },
  })
}

/** What would otherwise show in the middle of a run. */
function checkFit({ contextTokens }: ModelOptions, tokenizer: TextTokenizer, opened: OnnxModel): void {
  const { contextTokensMax, vocabularySize } = opened
  if (contextTokensMax !== null && contextTokens > contextTokensMax) {
    throw new ConfigError(`contextTokens: expected at most the model's ${contextTokensMax}, got ${contextTokens}`)
  }
  if (tokenizer.idEnd > vocabularySize) {
    throw new ConfigError(
      `tokenizer: expected ids below the model's ${vocabularySize}, got ${tokenizer.idEnd - 1}: the tokenizer is another model's`,
    )
  }
}

async function readTokenizer({ tokenizer }: ModelOptions, resources: Resources): Promise<TextTokenizer> {
  return openTokenizer(await resources.readFile(tokenizer), tokenizer)
}

/** @throws ConfigError when the tokenizer lacks the token */
function bosOf(bosToken: string, tokenizer: TextTokenizer): number | null {
  if (bosToken === '') return null
  if (bosToken === 'auto') return tokenizer.beginId
  const id = tokenizer.addedId(bosToken)
  if (id === null) throw new ConfigError(`bosToken: ${tokenizer.name} has no special token ${bosToken}`)
  return id
}

function windowOptions(
  { bosToken, contextTokens, strideTokens }: ModelOptions,
  tokenizer: TextTokenizer,
): WindowOptions {
  return { contextTokens, strideTokens, bos: bosOf(bosToken, tokenizer) }
}
