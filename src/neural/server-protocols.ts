/**
 * How servers are asked for the log-probabilities of a prompt, and how they answer: three forms. All send the temperature
 * 1, so that servers that score after sampling parameters score the plain distribution.
 *
 * `vllm`: POST v1/completions with `prompt_logprobs: 0`, vLLM's own field: of each prompt token its own log-probability
 *   and no others. `prompt`: a list of lists of token ids, or of strings. `max_tokens` is 1: without `echo` vLLM refuses 0
 *   ("max_tokens must be at least 1"), and with it a row that fills the context (PromptOverflowError). The answer has
 *   `choices[].prompt_logprobs: [null, {"318": {"logprob": -1.2, "rank": 3, "decoded_token": " is"}}, …]`, the id as key;
 *   −∞ comes as −9999.0; NaN can't be written and gives status 500. Too long, an id outside the vocabulary, more prompts
 *   than VLLM_MAX_COMPLETION_PROMPTS: status 400; an unknown model: 404. Errors are `{error: {message, type, param, code}}`.
 *   vLLM: vllm/entrypoints/openai/completion/{protocol,serving}.py, clamp_prompt_logprobs in the serving base.
 * `sglang`: POST generate, SGLang's native form, with `return_logprob: true, logprob_start_len: 0`, and no model's name.
 *   `input_ids` or `text`: a list. `max_new_tokens` may be 0, but a row that fills the context is refused here too, or cut
 *   when the server runs with --allow-auto-truncate, which for texts shows nowhere. The answer is a list of
 *   `{text, meta_info: {prompt_tokens, input_token_logprobs: [[null, 464, null], [-1.2, 318, null], …], …}}`; the third is
 *   the token's text when asked for. Too long, malformed, or an id outside the vocabulary: status 400.
 *   SGLang: sglang/srt/managers/{io_struct,tokenizer_manager}.py, docs "Sampling Parameters".
 * `echo`: POST v1/completions with `echo: true, logprobs: 1`, as OpenAI's completions once did: the answer has
 *   `choices[].logprobs: {tokens: ["The", " is", …], token_logprobs: [null, -1.2, …]}` of the prompt and then of what was
 *   generated. `max_tokens` is 1: llama-cpp-python takes 0 as no limit, SGLang refuses it; SGLang takes `logprobs: 0` as
 *   none. Spoken by vLLM, SGLang, and llama-cpp-python's server (logits_all, its default), which takes one text at a time
 *   and no ids, and leaves BOS out of the lists, so that the token behind it has no score either. Without BOS it gives each
 *   token the place before its own and ends a token early: such a model is refused at the opening (llama_cpp/llama.py,
 *   _create_completion; seen with 0.3.36, whose scores otherwise are those of the library to 1e-6).
 *   OpenAI API reference, "Create completion", parameters `echo` and `logprobs`.
 *
 * Not spoken: llama.cpp's own server, which has log-probabilities of generated tokens only ("Only no echo is supported",
 * tools/server/server-common.cpp; ggml-org/llama.cpp issue 27174); text-generation-inference (`decoder_input_details`).
 * Log-probabilities depend in their last digits on which requests a server happens to compute together
 * (vllm-project/vllm issue 11778): a rerun against a server need not give the same bytes.
 */
import type { DeviceRow } from '../stage/stage.js'

export interface ScoredRow {
  /** Of each token given those before it, from the second on. Finite, at most 0. */
  readonly logProbabilities: Float32Array
  /** Of the same tokens, in text, as the server writes them; null where it does not. */
  readonly pieces: readonly string[] | null
}

export interface ServerProtocol {
  readonly path: string
  /** Texts that one request may hold. */
  readonly textsMax: number
  /**
   * @param rows not empty, all ids or all texts
   * @param withPieces whether to ask for the tokens' texts where they have to be asked for
   */
  body(model: string, rows: readonly DeviceRow[], withPieces: boolean): unknown
  /** Throws ReplyError. */
  read(reply: unknown, rows: readonly DeviceRow[]): ScoredRow[]
}

/** The reply is no answer to the request. */
export class ReplyError extends Error {}

const VLLM: ServerProtocol = {
  path: 'v1/completions',
  textsMax: Number.POSITIVE_INFINITY,
  body: (model, rows) => ({ model, prompt: rows.map(sent), prompt_logprobs: 0, max_tokens: 1, temperature: 1 }),
  read: (reply, rows) =>
    choicesOf(reply, rows.length).map((choice, at) => {
      const entries = listIn(choice, 'prompt_logprobs', `choice ${at}`)
      const row = rows[at]
      const scores = new Scores(at, row, entries.length)
      for (let token = 1; token < entries.length; token++) {
        const entry = Object(entries[token])
        const id = typeof row === 'string' ? onlyKey(entry, at, token) : row[token]
        if (!Object.hasOwn(entry, id)) throw otherTokens(at, token, `id ${id}`, Object.keys(entry))
        const { logprob, decoded_token: piece } = Object(entry[id])
        scores.add(logprob, piece)
      }
      return scores.result()
    }),
}

const SGLANG: ServerProtocol = {
  path: 'generate',
  textsMax: Number.POSITIVE_INFINITY,
  body: (_, rows, withPieces) => ({
    [typeof rows[0] === 'string' ? 'text' : 'input_ids']: rows.map(sent),
    sampling_params: { max_new_tokens: 0, temperature: 1 },
    return_logprob: true,
    logprob_start_len: 0,
    return_text_in_logprobs: withPieces,
  }),
  read: (reply, rows) =>
    listOf(reply, rows.length, 'the reply').map((item, at) => {
      const entries = listIn(Object(item).meta_info, 'input_token_logprobs', `reply ${at}, meta_info`)
      const row = rows[at]
      const scores = new Scores(at, row, entries.length)
      entries.forEach((entry, token) => {
        const [logprob, id, piece] = Array.isArray(entry) ? entry : []
        if (typeof row !== 'string' && id !== row[token]) throw otherTokens(at, token, `id ${row[token]}`, [`${id}`])
        if (token > 0) scores.add(logprob, piece)
      })
      return scores.result()
    }),
}

const ECHO: ServerProtocol = {
  path: 'v1/completions',
  // What was generated is told from the prompt by the usage, which is one sum for all prompts.
  textsMax: 1,
  body: (model, rows) => ({
    model,
    prompt: rows.length === 1 && typeof rows[0] === 'string' ? rows[0] : rows.map(sent),
    echo: true,
    logprobs: 1,
    max_tokens: 1,
    temperature: 1,
  }),
  read: (reply, rows) =>
    choicesOf(reply, rows.length).map((choice, at) => {
      const { logprobs } = Object(choice)
      const values = listIn(logprobs, 'token_logprobs', `choice ${at}, logprobs`)
      const pieces = listIn(logprobs, 'tokens', `choice ${at}, logprobs`)
      const row = rows[at]
      const length = typeof row === 'string' ? values.length - generatedIn(reply) : row.length
      if (values.length < length || values.length > length + 1 || pieces.length !== values.length) {
        throw new ReplyError(
          `row ${at}: expected log-probabilities of ${length} tokens and of at most one that was generated, got ` +
            `${values.length} and ${pieces.length} tokens; does the endpoint heed 'echo'?`,
        )
      }
      const scores = new Scores(at, row, length)
      for (let token = 1; token < length; token++) scores.add(values[token], pieces[token])
      return scores.result()
    }),
}

export const SERVER_PROTOCOLS = { vllm: VLLM, sglang: SGLANG, echo: ECHO } as const satisfies Record<
  string,
  ServerProtocol
>
export type ServerProtocolName = keyof typeof SERVER_PROTOCOLS

/** Rounding: a log-softmax written as a difference of 32-bit floats ends this little above 0 for certain tokens. */
const ROUNDING_MAX = 1e-4

/** The numbers of one row as they are read, each of them checked. */
class Scores {
  private readonly logProbabilities: Float32Array
  private readonly pieces: string[] = []
  private count = 0

  constructor(
    private readonly at: number,
    row: DeviceRow,
    tokens: number,
  ) {
    if (typeof row !== 'string' && tokens !== row.length) {
      throw new ReplyError(`row ${at}: expected log-probabilities of ${row.length} tokens, got ${tokens}`)
    }
    // Of a text that is nothing to the server's tokenizer, there may be no tokens.
    this.logProbabilities = new Float32Array(Math.max(tokens - 1, 0))
  }

  add(value: unknown, piece: unknown): void {
    if (typeof value !== 'number' || !Number.isFinite(Math.fround(value)) || value > ROUNDING_MAX) {
      const got = value === undefined ? 'nothing' : JSON.stringify(value)
      throw new ReplyError(`row ${this.at}, token ${this.count + 1}: expected a log-probability, got ${got}`)
    }
    this.logProbabilities[this.count++] = Math.min(value, 0)
    if (typeof piece === 'string') this.pieces.push(piece)
  }

  result(): ScoredRow {
    const { logProbabilities, pieces } = this
    return { logProbabilities, pieces: pieces.length === logProbabilities.length ? pieces : null }
  }
}

/** Texts are sent without lone surrogates, which no server takes. */
function sent(row: DeviceRow): string | number[] {
  return typeof row === 'string' ? row.replace(/\p{Surrogate}/gu, '\ufffd') : Array.from(row)
}

function generatedIn(reply: unknown): number {
  const count = Object(Object(reply).usage).completion_tokens
  if (count === 0 || count === 1) return count
  throw new ReplyError(`expected usage.completion_tokens of 0 or 1, got ${JSON.stringify(count)}`)
}

/** In the order of the prompts, whatever their order in the list. */
function choicesOf(reply: unknown, count: number): unknown[] {
  const choices = listOf(Object(reply).choices, count, 'choices')
  const ordered = choices.map((_, at) => choices.find((choice) => Object(choice).index === at))
  if (ordered.includes(undefined)) throw new ReplyError(`expected choices with the indexes 0 to ${count - 1}`)
  return ordered
}

function listOf(value: unknown, length: number, what: string): unknown[] {
  if (Array.isArray(value) && value.length === length) return value
  const got = Array.isArray(value) ? `one of ${value.length}` : kindOf(value)
  throw new ReplyError(`expected ${what} to be a list of ${length}, got ${got}`)
}

function listIn(value: unknown, name: string, what: string): unknown[] {
  const list: unknown = Object(value)[name]
  if (Array.isArray(list)) return list
  throw new ReplyError(
    `${what}: expected a list '${name}', got ${kindOf(list)}; does the endpoint speak this protocol?`,
  )
}

function kindOf(value: unknown): string {
  return value === undefined ? 'nothing' : value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
}

/** The id of a text's token. A server that adds the likeliest does not tell which it is: JSON keeps no order of ids. */
function onlyKey(entry: object, at: number, token: number): string {
  const ids = Object.keys(entry)
  if (ids.length === 1) return ids[0]
  throw otherTokens(at, token, 'one token', ids)
}

function otherTokens(at: number, token: number, expected: string, ids: readonly string[]): ReplyError {
  const got = ids.length === 0 ? 'none' : ids.slice(0, 3).join(', ')
  return new ReplyError(`row ${at}, token ${token}: expected ${expected}, got ${got}`)
}
