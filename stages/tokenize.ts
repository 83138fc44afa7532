/**
 * Makes token shards of the documents that are left: ids by a BPE tokenizer, written as Arrow, flat or Megatron-LM files
 * under `artifacts/STAGE/`, in the corpus's order or shuffled over all of it. What else it makes: `statistics.json`, from
 * which `millrace report` says how well the tokenizer fits each language and what the tokens are enough for.
 */
import { createHash } from 'node:crypto'
import type { Document } from '../src/document/document.js'
import { SHUFFLE_KEY_BYTES, shuffleKey } from '../src/document/shuffle-key.js'
import { ConfigError } from '../src/errors/errors.js'
import { arrowTokenEncoder } from '../src/formats/tokens/arrow.js'
import { flatTokenEncoder } from '../src/formats/tokens/flat.js'
import { megatronTokenEncoder } from '../src/formats/tokens/megatron.js'
import type { TokenEncoder, TokenOptions } from '../src/formats/tokens/rows.js'
import { loadZstd, type Zstd } from '../src/io/zstd.js'
import { boolean, integer, type OptionValues, oneOf, pathOrArtifact, string } from '../src/stage/options.js'
import { keep } from '../src/stage/outcome.js'
import { type ArtifactWrite, type Collect, defineStage, type Reducer, type Resources } from '../src/stage/stage.js'
import { openTokenizer } from '../src/tokenizer/open-tokenizer.js'
import type { TextTokenizer } from '../src/tokenizer/text-tokenizer.js'
import { sumTokenStatistics, TokenStatistics, type TokenStatisticsPart } from '../src/tokenizer/token-statistics.js'

const OPTIONS = {
  tokenizer: pathOrArtifact({
    meaning: 'tokenizer.json or .tiktoken file; { from: STAGE } for what train-tokenizer has made.',
  }),
  format: oneOf(['arrow', 'flat', 'megatron'], {
    default: 'arrow',
    meaning: 'arrow: input_ids for Hugging Face datasets; flat: ids as .bin for numpy.memmap; megatron: .bin and .idx.',
  }),
  endOfDocument: string({
    default: 'auto',
    meaning: "token behind each document: auto for the tokenizer's own, a special token by its text, '' for none.",
  }),
  sequenceLength: integer({
    default: 0,
    min: 0,
    max: 2 ** 24,
    unit: 'tokens',
    meaning: 'length of the rows that documents are packed into. 0: a row a document.',
  }),
  rest: oneOf(['drop', 'keep'], {
    default: 'drop',
    meaning: 'what becomes of the last tokens of a shard that fill no row.',
  }),
  shuffle: boolean({ default: false, meaning: 'order all documents by the seed, over all shards.' }),
  shardCount: integer({ default: 16, min: 1, max: 65_536, unit: 'shards', meaning: 'number of shards with shuffle.' }),
  sourceField: string({
    default: '',
    meaning: 'field of the metadata that tells sources apart in the statistics. None: they are not told apart.',
  }),
  wordsEvery: integer({
    default: 10,
    min: 1,
    meaning: 'words are counted in one of so many documents of a language, for tokens per word.',
  }),
}

type Options = OptionValues<typeof OPTIONS>

// Keys: a byte for the kind; for documents the number of the token shard behind it (u32, big-endian). Their values: what
// orders them within the shard, position (two u32), length of the id (u16), id, ids (u32, little-endian).
const DOCUMENTS = 0
const STATISTICS = 1

/** Under this name `millrace report` looks for statistics. */
const STATISTICS_FILE = 'statistics.json'

export default defineStage({
  kind: 'corpus',
  summary: 'turn the documents that are left into token shards',
  source: 'formats: Hugging Face datasets; nanoGPT; Megatron-LM',
  options: OPTIONS,
  signals: { tokenCount: { type: 'number', unit: 'tokens', meaning: 'ids of the text, without the end of document' } },
  corpus: {
    async collect(options, resources) {
      const tokenizer = await readTokenizer(options, resources)
      endOf(options, tokenizer)
      return collector(options, tokenizer, resources.seed)
    },
    rounds: [
      {
        name: 'write',
        partitions: 'key',
        async reducer(options, resources) {
          const bytes = await resources.readFile(options.tokenizer)
          const tokenizer = openTokenizer(bytes, options.tokenizer)
          const digest = createHash('sha256').update(bytes).digest('hex')
          return writingReducer(options, tokenizer, digest, await loadZstd())
        },
      },
    ],
    settle: () => (_document, decision) => {
      if (decision === undefined) return keep()
      return keep({ tokenCount: new DataView(decision.buffer, decision.byteOffset).getUint32(0) })
    },
  },
})

async function readTokenizer({ tokenizer }: Options, resources: Resources): Promise<TextTokenizer> {
  return openTokenizer(await resources.readFile(tokenizer), tokenizer)
}

/** @throws ConfigError when the tokenizer lacks the token */
function endOf({ endOfDocument }: Options, tokenizer: TextTokenizer): number | null {
  if (endOfDocument === '') return null
  if (endOfDocument !== 'auto') {
    const id = tokenizer.addedId(endOfDocument)
    if (id === null) throw new ConfigError(`endOfDocument: ${tokenizer.name} has no special token ${endOfDocument}`)
    return id
  }
  if (tokenizer.endId === null) {
    throw new ConfigError(`endOfDocument: ${tokenizer.name} names no token that ends a text; give one, or '' for none`)
  }
  return tokenizer.endId
}

// ---- collecting ----

function collector(
  { shuffle, shardCount, sourceField, wordsEvery }: Options,
  tokenizer: TextTokenizer,
  seed: number,
): Collect {
  const encoder = new TextEncoder()
  let statistics = new TokenStatistics(tokenizer.idEnd, wordsEvery)
  const key = new Uint8Array(5)
  const keyView = new DataView(key.buffer)
  const collect: Collect = (document, emit) => {
    const { id, text, language, metadata, position } = document
    const source = sourceField === '' ? '' : String(metadata[sourceField] ?? '')
    const ids = tokenizer.encode(text)
    statistics.add({ text, language, source }, ids)
    const order = shuffle ? shuffleKey(seed, document) : NONE
    const shard = shuffle
      ? Math.floor((new DataView(order.buffer, order.byteOffset).getUint32(0) / 2 ** 32) * shardCount)
      : position.shard
    keyView.setUint32(1, shard)
    emit.record(key, documentValue(order, document, encoder.encode(id), ids))
  }
  return Object.assign(collect, {
    flush(emit: Parameters<NonNullable<Collect['flush']>>[0]) {
      emit.record(Uint8Array.of(STATISTICS, 0, 0, 0, 0), encoder.encode(JSON.stringify(statistics.part())))
      statistics = new TokenStatistics(tokenizer.idEnd, wordsEvery)
    },
  })
}

const NONE = new Uint8Array(0)
const ID_BYTES_MAX = 0xffff

function documentValue(order: Uint8Array, { position }: Document, id: Uint8Array, ids: Uint32Array): Uint8Array {
  const idBytes = id.subarray(0, ID_BYTES_MAX)
  const value = new Uint8Array(order.length + 10 + idBytes.length + 4 * ids.length)
  const view = new DataView(value.buffer)
  value.set(order)
  let at = order.length
  view.setUint32(at, position.shard)
  view.setUint32(at + 4, position.row)
  view.setUint16(at + 8, idBytes.length)
  at += 10
  value.set(idBytes, at)
  at += idBytes.length
  for (let i = 0; i < ids.length; i++, at += 4) view.setUint32(at, ids[i], true)
  return value
}

// ---- writing ----

/** One group is a token shard, or the statistics of all shards. */
function writingReducer(options: Options, tokenizer: TextTokenizer, digest: string, zstd: Zstd): Reducer {
  const orderBytes = options.shuffle ? SHUFFLE_KEY_BYTES : 0
  const decoder = new TextDecoder()
  let shard: { readonly name: string; encoder: TokenEncoder | null } | null = null
  const open: ArtifactWrite[] = []
  let statistics: TokenStatisticsPart | null = null
  return {
    start(key) {
      statistics = null
      const number = new DataView(key.buffer, key.byteOffset).getUint32(1)
      shard = key[0] === DOCUMENTS ? { name: String(number).padStart(5, '0'), encoder: null } : null
    },
    value(value, emit) {
      if (shard === null) {
        const part: TokenStatisticsPart = JSON.parse(decoder.decode(value)) // made by `collector`
        statistics = statistics === null ? part : sumTokenStatistics([statistics, part])
        return
      }
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
      const position = { shard: view.getUint32(orderBytes), row: view.getUint32(orderBytes + 4) }
      const idStart = orderBytes + 10
      const idsStart = idStart + view.getUint16(orderBytes + 8)
      const ids = new Uint32Array((value.length - idsStart) / 4)
      for (let i = 0; i < ids.length; i++) ids[i] = view.getUint32(idsStart + 4 * i, true)
      shard.encoder ??= tokenEncoder(options, tokenizer, digest, zstd, shard.name, (name) => {
        const write = emit.file(name)
        open.push(write)
        return write
      })
      shard.encoder.add(decoder.decode(value.subarray(idStart, idsStart)), ids)
      const decision = new Uint8Array(4)
      new DataView(decision.buffer).setUint32(0, ids.length)
      emit.decide(position, decision)
    },
    end(emit) {
      const write = (name: string, content: object) =>
        emit.file(name)(new TextEncoder().encode(`${JSON.stringify(content)}\n`))
      if (statistics !== null) write(STATISTICS_FILE, statistics)
      const counts = shard?.encoder?.finish()
      for (const write of open.splice(0)) write.close()
      if (shard !== null && counts !== undefined) write(`${shard.name}.counts.json`, counts)
    },
  }
}

function tokenEncoder(
  options: Options,
  tokenizer: TextTokenizer,
  digest: string,
  zstd: Zstd,
  name: string,
  file: (name: string) => ArtifactWrite,
): TokenEncoder {
  const tokens: TokenOptions = {
    vocabularySize: tokenizer.idEnd,
    endOfDocument: endOf(options, tokenizer),
    sequenceLength: options.sequenceLength === 0 ? null : options.sequenceLength,
    rest: options.rest,
  }
  if (options.format === 'arrow') return arrowTokenEncoder(file(`${name}.arrow`), zstd, tokens)
  const bin = file(`${name}.bin`)
  if (options.format === 'megatron') return megatronTokenEncoder({ bin, idx: file(`${name}.idx`) }, tokens)
  const writes = { bin, index: file(`${name}.index`), json: file(`${name}.json`) }
  return flatTokenEncoder(writes, { ...tokens, tokenizer: { name: tokenizer.name.replace(/^.*[/\\]/, ''), digest } })
}
