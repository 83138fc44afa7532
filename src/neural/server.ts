/**
 * A causal language model behind an endpoint (vLLM, SGLang, …) as a device: rows of token ids, or texts that the server
 * splits itself, go in; the log-probability of each token given those before it comes out, n - 1 numbers for n tokens.
 *
 * Opening asks for the scores of one sentence, so that a wrong address, key or model, a server that has no
 * log-probabilities of prompts, and a server with another vocabulary than the tokenizer here are known before anything
 * starts. In the run, each reply is held against its request: as many numbers as ids, the same ids where the protocol
 * names them (`vllm`, `sglang`), each number a log-probability.
 *
 * Texts: the server puts BOS in front when its tokenizer does, and cuts nothing, so that a text that is too long for its
 * context is refused (status 400, 413 or 422). A text that is refused when sent alone gets no numbers, as does the empty
 * one. Refused ids are an error: windows have a length that was chosen to fit.
 */
import { ConfigError, ShardError } from '../errors/errors.js'
import { EndpointError, type JsonEndpoint, openJsonEndpoint } from '../io/json-endpoint.js'
import { DeviceQueue } from '../stage/device-queue.js'
import type { Device, DeviceRow } from '../stage/stage.js'
import {
  ReplyError,
  type ScoredRow,
  SERVER_PROTOCOLS,
  type ServerProtocol,
  type ServerProtocolName,
} from './server-protocols.js'

export interface ServerOptions {
  /** The server's root, before `v1/completions` or `generate`; it may end with `v1`, as clients of OpenAI's have it. */
  readonly url: string
  readonly protocol: ServerProtocolName
  /** The name that the server knows the model by; '' with `sglang`. */
  readonly model: string
  /** Environment variable that holds the key; '' for none. */
  readonly apiKeyVariable: string
  /** Requests under way at once. */
  readonly concurrency: number
  readonly timeoutSeconds: number
  readonly attemptsMax: number
  readonly retryMs: number
  /** Ids of the longest row that will be sent; null when texts are. */
  readonly contextTokens: number | null
  readonly probe: ServerProbe
}

/** The sentence that is scored at the opening: `PROBE_TEXT` as it is, or its ids, with BOS if all rows begin with it. */
export type ServerProbe = string | { readonly ids: Int32Array; readonly pieces: readonly string[] }

/** ASCII, so that no token is a part of a character. */
export const PROBE_TEXT = 'The miller waited for rain, because without water the old wheel would not turn (1847).'

/** vLLM, SGLang and llama-cpp-python refuse rows that fill the context, whether they generate a token or not. */
const FREE_TOKENS = 1
/** A server that is not there is not waited for at the opening as long as one that goes away in a run. */
const OPENING_ATTEMPTS_MAX = 3
/** Longest reply: the numbers, names and punctuation for a token, its text escaped, and what stands around the list. */
const REPLY_BYTES_A_TOKEN = 1024
const REPLY_BYTES = 2 ** 20
/** A text is refused, rather than the request: too long or malformed. */
const REFUSED: ReadonlySet<number> = new Set([400, 413, 422])

/** Throws ConfigError when the server can't do what is asked of it. */
export async function openServer(options: ServerOptions): Promise<Device> {
  const { concurrency } = options
  const url = options.url.replace(/\/v1\/?$/, '/')
  const endpoint = openJsonEndpoint({ ...options, url, connections: concurrency })
  const protocol = SERVER_PROTOCOLS[options.protocol]
  const client = new ServerClient(endpoint, protocol, options.model)
  try {
    await checkServer(client, endpoint, options)
  } catch (error) {
    await endpoint.close()
    throw error
  }
  const close = () => endpoint.close()
  // A batch of texts may take several requests: all of them wait for their turn here.
  const requests = new DeviceQueue({ concurrency, compute: (rows) => client.logProbabilities(rows), close })
  return { concurrency, compute: (rows) => computeRows(rows, requests, protocol.textsMax), close }
}

async function computeRows(
  rows: readonly DeviceRow[],
  requests: DeviceQueue,
  textsMax: number,
): Promise<readonly Float32Array[]> {
  const results: Float32Array[] = rows.map(() => new Float32Array(0))
  const request = async (places: readonly number[]): Promise<void> => {
    const numbers = await requests.compute(places.map((at) => rows[at]))
    places.forEach((at, i) => {
      results[at] = numbers[i]
    })
  }
  const requestTexts = async (places: readonly number[]): Promise<void> => {
    try {
      await request(places)
    } catch (error) {
      if (!(error instanceof EndpointError && REFUSED.has(error.status))) throw error
      if (places.length > 1) await Promise.all(places.map((at) => requestTexts([at])))
    }
  }
  const places = [...rows.keys()]
  const ids = places.filter((at) => typeof rows[at] !== 'string' && rows[at].length > 1)
  const texts = places.filter((at) => typeof rows[at] === 'string' && rows[at] !== '')
  await Promise.all([...cut(ids, ids.length).map(request), ...cut(texts, textsMax).map(requestTexts)])
  return results
}

class ServerClient {
  constructor(
    private readonly endpoint: JsonEndpoint,
    private readonly protocol: ServerProtocol,
    private readonly model: string,
  ) {}

  async logProbabilities(rows: readonly DeviceRow[]): Promise<Float32Array[]> {
    const body = this.protocol.body(this.model, rows, false)
    return (await this.post(rows, body)).map(({ logProbabilities }) => logProbabilities)
  }

  /** The sentence's tokens from the second on, as the server writes them; null where it does not. */
  async probe(row: DeviceRow): Promise<readonly string[] | null> {
    const [{ pieces }] = await this.post([row], this.protocol.body(this.model, [row], true), OPENING_ATTEMPTS_MAX)
    return pieces
  }

  private async post(rows: readonly DeviceRow[], body: unknown, attemptsMax?: number): Promise<ScoredRow[]> {
    const { path } = this.protocol
    const reply = await this.endpoint.post(path, JSON.stringify(body), replyBytesMax(rows), attemptsMax)
    try {
      return this.protocol.read(reply, rows)
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error
      throw new ShardError(`${this.endpoint.url}${path}, asked for ${shown(rows)}: ${error.message}`)
    }
  }
}

function replyBytesMax(rows: readonly DeviceRow[]): number {
  // A text has at most a token for each byte.
  const tokens = rows.reduce((sum, row) => sum + (typeof row === 'string' ? Buffer.byteLength(row) : row.length), 0)
  return REPLY_BYTES + tokens * REPLY_BYTES_A_TOKEN
}

function shown(rows: readonly DeviceRow[]): string {
  const lengths = rows.map(({ length }) => length)
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)]
  const unit = typeof rows[0] === 'string' ? 'characters' : 'tokens'
  return `${rows.length} row${rows.length === 1 ? '' : 's'} of ${least === most ? least : `${least} to ${most}`} ${unit}`
}

async function checkServer(client: ServerClient, endpoint: JsonEndpoint, options: ServerOptions): Promise<void> {
  const { probe, model, protocol } = options
  const served = await servedModels(endpoint)
  // Some servers answer for any name with the model that they have.
  if (served.length > 0 && protocol !== 'sglang' && !served.some(({ id }) => id === model)) {
    const names = served.map(({ id }) => id)
    throw new ConfigError(`server: ${endpoint.url} serves no '${model}' but ${names.slice(0, 5).join(', ')}`)
  }
  let pieces: readonly string[] | null
  try {
    pieces = await client.probe(typeof probe === 'string' ? probe : probe.ids)
  } catch (error) {
    if (error instanceof ShardError) throw new ConfigError(`server: ${error.message}`)
    throw error
  }
  if (pieces !== null) checkPieces(pieces, probe, endpoint.url)
  checkRoom(served.find(({ id }) => id === model || served.length === 1)?.tokensMax ?? null, options)
}

function checkRoom(tokensMax: number | null, { url, contextTokens }: ServerOptions): void {
  if (tokensMax === null || contextTokens === null || contextTokens + FREE_TOKENS <= tokensMax) return
  throw new ConfigError(
    `server: ${url} has a context of ${tokensMax} tokens and wants ${FREE_TOKENS} of them left free: ` +
      `expected rows of at most ${tokensMax - FREE_TOKENS}, got ${contextTokens}`,
  )
}

interface ServedModel {
  readonly id: string
  /** `max_model_len` of vLLM and SGLang. */
  readonly tokensMax: number | null
}

/** Of GET v1/models; none where the server has no such list: what matters shows when it is asked for scores. */
async function servedModels(endpoint: JsonEndpoint): Promise<ServedModel[]> {
  try {
    const { data } = Object(await endpoint.get('v1/models', 4 * REPLY_BYTES, 1))
    if (!Array.isArray(data)) return []
    return data.flatMap((item: unknown) => {
      const { id, max_model_len: tokensMax } = Object(item)
      return typeof id === 'string' ? [{ id, tokensMax: Number.isInteger(tokensMax) ? tokensMax : null }] : []
    })
  } catch (error) {
    if (error instanceof EndpointError) return []
    throw error
  }
}

/** The server's tokens must spell what was sent, or its vocabulary, or its alignment, is another. */
function checkPieces(scored: readonly string[], probe: ServerProbe, url: string): void {
  if (typeof probe === 'string') {
    // The first token has no score; with BOS it is BOS.
    const got = letters(scored.join(''))
    if (got.length * 2 > letters(probe).length && letters(probe).endsWith(got)) return
    throw new ConfigError(`server: ${url}: expected the tokens of '${probe}', got '${scored.join('')}'`)
  }
  const expected = probe.pieces.slice(1).map(letters)
  const at = expected.findIndex((piece, i) => piece !== letters(scored[i] ?? ''))
  if (at >= 0) {
    throw new ConfigError(
      `server: ${url}: its vocabulary is not that of the tokenizer: expected id ${probe.ids[at + 1]} to be ` +
        `'${probe.pieces[at + 1]}', got '${scored[at]}'`,
    )
  }
}

/** Without spaces and what stands for them in vocabularies: servers decode tokens one by one, and differ in those. */
function letters(piece: string): string {
  return piece.replace(/[\s\u0120\u2581]/gu, '')
}

function cut<T>(items: readonly T[], lengthMax: number): T[][] {
  const out: T[][] = []
  for (let start = 0; start < items.length; start += lengthMax) out.push(items.slice(start, start + lengthMax))
  return out
}
