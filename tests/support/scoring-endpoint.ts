/**
 * A server on loopback that speaks the three forms of `server-protocols.ts` with a model so small that its answers can be
 * checked: tokens are ASCII characters (the id is the character's code, 127 stands for all others, 128 is BOS), and the
 * probability of a token depends on the one before it only. It counts, and misbehaves when told to.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const BOS = 128
const VOCABULARY_SIZE = 129

/** ln p(id | before): weights 1 to 11 by a fixed rule, over their sum. */
export function logProbability(before: number, id: number): number {
  let sum = 0
  for (let other = 0; other < VOCABULARY_SIZE; other++) sum += weight(before, other)
  return Math.log(weight(before, id) / sum)
}

function weight(before: number, id: number): number {
  return 1 + ((before * 7 + id * 13 + before * id) % 11)
}

/** What a device must give for these ids. */
export function expectedNumbers(ids: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: Math.max(ids.length - 1, 0) }, (_, i) => logProbability(ids[i], ids[i + 1]))
}

export function idsOf(text: string, bos = false): Int32Array {
  const ids = Array.from(text, (char) => Math.min(char.codePointAt(0) ?? 0, 127))
  return Int32Array.from(bos ? [BOS, ...ids] : ids)
}

export function piecesOf(ids: ArrayLike<number>): string[] {
  return Array.from(ids, (id) => (id === BOS ? '<s>' : id === 127 ? '\ufffd' : String.fromCharCode(id)))
}

/** How one request is answered, in place of the right answer, which it is given to change. */
export type Answer = (response: ServerResponse, right: () => unknown) => void

export const status =
  (
    code: number,
    headers: Record<string, string> = {},
    body: unknown = { error: { message: `status ${code}` } },
  ): Answer =>
  (response) =>
    response.writeHead(code, headers).end(JSON.stringify(body))

export const body =
  (text: string): Answer =>
  (response) =>
    response.writeHead(200).end(text)

// biome-ignore lint/suspicious/noExplicitAny: requests and replies of three forms, taken apart by tests
export type Json = any

/** The right answer, replaced by what is made of it, or changed in place. */
export const changed =
  (change: (reply: Json) => unknown): Answer =>
  (response, right) => {
    const reply = right()
    const made = change(reply)
    response.writeHead(200).end(JSON.stringify(made === undefined ? reply : made))
  }

export const disconnect: Answer = (response) => response.destroy()

/** Half of the right answer, then the connection ends. */
export const brokenOff: Answer = (response, right) => {
  const text = JSON.stringify(right())
  response.writeHead(200, { 'content-length': String(text.length) })
  response.write(text.slice(0, text.length / 2), () => setTimeout(() => response.destroy(), 2))
}

export const silent: Answer = () => {}

export interface EndpointOptions {
  readonly protocol: 'vllm' | 'sglang' | 'echo'
  readonly model?: string
  readonly key?: string
  /** Prompt and generated tokens. */
  readonly contextTokens?: number
  readonly delayMs?: number
  /** The tokenizer puts BOS before texts. */
  readonly bos?: boolean
  /** No GET v1/models. */
  readonly unlisted?: boolean
}

export interface Asked {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: Json
}

export class ScoringEndpoint {
  /** Requests for scores, in the order of their coming. */
  readonly asked: Asked[] = []
  /** For the next requests: the first is taken off and used. */
  readonly answers: Answer[] = []
  inFlightMax = 0
  url = ''
  private inFlight = 0
  private readonly options: Required<EndpointOptions>
  private readonly server: Server

  private constructor(options: EndpointOptions) {
    const defaults = { model: 'tiny', key: '', contextTokens: 4096, delayMs: 0, bos: false, unlisted: false }
    this.options = { ...defaults, ...options }
    this.server = createServer((request, response) => void this.handle(request, response))
  }

  static async open(options: EndpointOptions): Promise<ScoringEndpoint> {
    const endpoint = new ScoringEndpoint(options)
    await new Promise<void>((resolve) => endpoint.server.listen(0, '127.0.0.1', resolve))
    endpoint.url = `http://127.0.0.1:${(endpoint.server.address() as AddressInfo).port}/` // listening on TCP
    return endpoint
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const path = request.url ?? ''
    const { model, contextTokens, key, delayMs, unlisted } = this.options
    if (path === '/v1/models') {
      if (unlisted) return void response.writeHead(404).end('{"detail":"Not Found"}')
      return void response.end(JSON.stringify({ data: [{ id: model, max_model_len: contextTokens }] }))
    }
    const asked = {
      path,
      authorization: request.headers.authorization,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    }
    this.asked.push(asked)
    this.inFlight++
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight)
    response.on('close', () => this.inFlight--)
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    const answer = this.answers.shift()
    if (answer !== undefined) return answer(response, () => this.reply(asked.body))
    if (key !== '' && asked.authorization !== `Bearer ${key}`) {
      return status(
        401,
        {},
        { error: { message: `Incorrect API key provided: ${asked.authorization}` } },
      )(response, () => null)
    }
    if (path !== (this.options.protocol === 'sglang' ? '/generate' : '/v1/completions')) {
      return status(404, {}, { detail: 'Not Found' })(response, () => null)
    }
    try {
      const reply = JSON.stringify(this.reply(asked.body))
      response.writeHead(200, { 'content-type': 'application/json' }).end(reply)
    } catch (error) {
      const { code, message } = error as Refusal // nothing else is thrown below
      response.writeHead(code).end(JSON.stringify({ error: { message, type: 'BadRequestError', code } }))
    }
  }

  private reply(body: Json): unknown {
    const { protocol, model } = this.options
    if (protocol !== 'sglang' && body.model !== model) {
      throw new Refusal(404, `The model \`${body.model}\` does not exist.`)
    }
    const prompts: unknown[] = [body.prompt ?? body.input_ids ?? body.text].flatMap((prompt) =>
      Array.isArray(prompt) ? prompt : [prompt],
    )
    const rows = prompts.map((prompt) => this.idsIn(prompt, body.max_tokens ?? body.sampling_params.max_new_tokens))
    return FORMS[protocol](rows, body)
  }

  private idsIn(prompt: unknown, generated: number): number[] {
    const { bos, contextTokens } = this.options
    const ids = typeof prompt === 'string' ? Array.from(idsOf(prompt, bos)) : (prompt as number[])
    const outside = ids.find((id) => id < 0 || id >= VOCABULARY_SIZE)
    if (outside !== undefined) throw new Refusal(400, `Token id ${outside} is out of vocabulary`)
    if (ids.length + Math.max(generated, 1) > contextTokens) {
      throw new Refusal(400, `This model's maximum context length is ${contextTokens} tokens, got ${ids.length}`)
    }
    return ids
  }
}

class Refusal extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
  }
}

const GENERATED = 33

const FORMS: Record<EndpointOptions['protocol'], (rows: number[][], body: Json) => unknown> = {
  vllm: (rows, body) => ({
    id: 'cmpl-1',
    object: 'text_completion',
    choices: rows.map((ids, index) => ({
      index,
      text: '!',
      logprobs: null,
      finish_reason: 'length',
      prompt_logprobs:
        body.prompt_logprobs === undefined
          ? null
          : ids.map((id, i) =>
              i === 0
                ? null
                : { [id]: { logprob: logProbability(ids[i - 1], id), rank: 1, decoded_token: piecesOf([id])[0] } },
            ),
    })),
    usage: usageOf(rows, 1),
  }),
  sglang: (rows, body) =>
    rows.map((ids) => ({
      text: '',
      meta_info: {
        id: '1',
        finish_reason: { type: 'length', length: 0 },
        prompt_tokens: ids.length,
        completion_tokens: 0,
        ...(body.return_logprob === true && {
          input_token_logprobs: ids.map((id, i) => [
            i < Math.max(body.logprob_start_len, 1) ? null : logProbability(ids[i - 1], id),
            id,
            body.return_text_in_logprobs === true ? piecesOf([id])[0] : null,
          ]),
          output_token_logprobs: [],
        }),
      },
    })),
  echo: (rows, body) => ({
    choices: rows.map((row, index) => {
      const ids = body.echo === true ? [...row, GENERATED] : [GENERATED]
      return {
        index,
        text: piecesOf(ids).join(''),
        logprobs: {
          text_offset: ids.map((_, i) => i),
          tokens: piecesOf(ids),
          token_logprobs: ids.map((id, i) => (i === 0 ? null : logProbability(ids[i - 1], id))),
          top_logprobs: ids.map(() => null),
        },
        finish_reason: 'length',
      }
    }),
    usage: usageOf(rows, 1),
  }),
}

function usageOf(rows: number[][], generated: number) {
  const prompt_tokens = rows.reduce((sum, ids) => sum + ids.length, 0)
  const completion_tokens = rows.length * generated
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}
