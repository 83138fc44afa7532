import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigError, ShardError } from '../../src/errors/errors.js'
import { openServer, PROBE_TEXT, type ServerOptions } from '../../src/neural/server.js'
import type { Device } from '../../src/stage/stage.js'
import { Random } from '../support/random.js'
import {
  type Answer,
  BOS,
  body,
  brokenOff,
  changed,
  disconnect,
  type EndpointOptions,
  expectedNumbers,
  idsOf,
  type Json,
  piecesOf,
  ScoringEndpoint,
  silent,
  status,
} from '../support/scoring-endpoint.js'

const PROTOCOLS = ['vllm', 'sglang', 'echo'] as const
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const probeIds = idsOf(PROBE_TEXT, true)
const probe = { ids: probeIds, pieces: piecesOf(probeIds) }

function optionsFor(endpoint: ScoringEndpoint, options: Partial<ServerOptions> = {}): ServerOptions {
  return {
    url: endpoint.url,
    protocol: 'vllm',
    model: 'tiny',
    apiKeyVariable: '',
    concurrency: 2,
    timeoutSeconds: 5,
    attemptsMax: 3,
    retryMs: 1,
    contextTokens: 64,
    probe,
    ...options,
  }
}

async function endpointFor(options: EndpointOptions): Promise<ScoringEndpoint> {
  const endpoint = await ScoringEndpoint.open(options)
  open.push(endpoint)
  return endpoint
}

/** An endpoint and its device, the requests of the opening forgotten. */
async function opened(
  endpointOptions: EndpointOptions,
  options: Partial<ServerOptions> = {},
): Promise<{ endpoint: ScoringEndpoint; device: Device }> {
  const endpoint = await endpointFor(endpointOptions)
  const device = await openServer(optionsFor(endpoint, { protocol: endpointOptions.protocol, ...options }))
  open.unshift(device)
  endpoint.asked.length = 0
  endpoint.inFlightMax = 0
  return { endpoint, device }
}

function randomRows(seed: number, count: number): Int32Array[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () => Int32Array.from({ length: 2 + random.below(30) }, () => random.below(129)))
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('expected a failure')
}

describe.each(PROTOCOLS)('rows of ids, %s', (protocol) => {
  it('gives the log-probability of each token but the first', async () => {
    const { endpoint, device } = await opened({ protocol })
    const rows = randomRows(1, 9)
    expect(await device.compute(rows)).toEqual(rows.map(expectedNumbers))
    expect(endpoint.asked).toHaveLength(1)
  })

  it('asks nothing about rows that have nothing to score', async () => {
    const { endpoint, device } = await opened({ protocol })
    expect(await device.compute([new Int32Array(0), Int32Array.of(5)])).toEqual([
      new Float32Array(0),
      new Float32Array(0),
    ])
    expect(endpoint.asked).toHaveLength(0)
    const row = idsOf('ab')
    expect(await device.compute([Int32Array.of(5), row, new Int32Array(0)])).toEqual([
      new Float32Array(0),
      expectedNumbers(row),
      new Float32Array(0),
    ])
  })

  it.each<[string, Answer]>([
    ['a lost connection', disconnect],
    ['a reply that breaks off', brokenOff],
    ['status 408', status(408)],
    ['status 429', status(429)],
    ['status 500', status(500)],
    ['status 503 that is no JSON', (response) => response.writeHead(503).end('<html>upstream</html>')],
    ['half a reply from something in between', body('{"choices": [')],
    ['NaN as Python writes it', body('[{"meta_info": {"input_token_logprobs": [NaN]}}]')],
  ])('tries again after %s', async (_, answer) => {
    const { endpoint, device } = await opened({ protocol })
    endpoint.answers.push(answer, answer)
    const row = idsOf('again and again')
    expect(await device.compute([row])).toEqual([expectedNumbers(row)])
    expect(endpoint.asked).toHaveLength(3)
    expect(endpoint.asked[2].body).toEqual(endpoint.asked[0].body)
  })

  it('tries again when there is silence', async () => {
    const { endpoint, device } = await opened({ protocol }, { timeoutSeconds: 0.05 })
    endpoint.answers.push(silent)
    expect(await device.compute([idsOf('hush')])).toEqual([expectedNumbers(idsOf('hush'))])
    expect(endpoint.asked).toHaveLength(2)
  })

  it('gives up with address, attempts and the last cause', async () => {
    const { endpoint, device } = await opened({ protocol })
    endpoint.answers.push(disconnect, brokenOff, status(503, {}, { error: { message: 'engine is dead' } }))
    const error = await failure(device.compute([idsOf('abc')]))
    expect(error).toBeInstanceOf(ShardError)
    const path = protocol === 'sglang' ? 'generate' : 'v1/completions'
    expect(error.message).toBe(
      `${endpoint.url}${path}: gave up after 3 attempts, the last: expected status 200, got 503: engine is dead`,
    )
  })

  it('gives up when the server is gone halfway', async () => {
    const { endpoint, device } = await opened({ protocol })
    await device.compute([idsOf('abc')])
    await endpoint.close()
    const error = await failure(device.compute([idsOf('abc')]))
    expect(error).toBeInstanceOf(ShardError)
    expect(error.message).toMatch(/gave up after 3 attempts, the last: .*ECONNREFUSED/)
  })

  it('never has more requests under way than its concurrency', async () => {
    const { endpoint, device } = await opened({ protocol, delayMs: 5 }, { concurrency: 3 })
    const rows = randomRows(2, 20)
    const numbers = await Promise.all(rows.map((row) => device.compute([row])))
    expect(numbers).toEqual(rows.map((row) => [expectedNumbers(row)]))
    expect(endpoint.asked).toHaveLength(20)
    expect(endpoint.inFlightMax).toBe(3)
  })

  it('breaks off what is under way when it is closed', async () => {
    const { endpoint, device } = await opened({ protocol })
    endpoint.answers.push(silent)
    const computing = failure(device.compute([idsOf('abc')]))
    await vi.waitFor(() => expect(endpoint.asked).toHaveLength(1))
    await device.close()
    expect((await computing).message).toMatch(/closed while a request was under way/)
  })
})

describe('replies that are no answers', () => {
  const row = idsOf('wrong')
  const at = (reply: Json) => reply.choices[0].prompt_logprobs
  const withEntry = (token: number, entry: unknown) =>
    changed((reply) => {
      at(reply)[token] = entry
    })

  it.each<[string, Answer, RegExp]>([
    ['null', withEntry(2, { 111: { logprob: null } }), /row 0, token 2: expected a log-probability, got null/],
    ['no number', withEntry(2, { 111: {} }), /row 0, token 2: expected a log-probability, got nothing/],
    ['a word', withEntry(2, { 111: { logprob: 'NaN' } }), /row 0, token 2: expected a log-probability, got "NaN"/],
    [
      'too small a number',
      body(
        JSON.stringify({
          choices: [
            {
              index: 0,
              prompt_logprobs: [
                null,
                { 114: { logprob: -1 } },
                { 111: { logprob: -1 } },
                { 110: { logprob: -1 } },
                { 103: { logprob: 9 } },
              ],
            },
          ],
        }).replace('9', '-1e39'),
      ),
      /token 4: expected a log-probability, got -1e\+39/,
    ],
    ['a positive number', withEntry(2, { 111: { logprob: 0.25 } }), /token 2: expected a log-probability, got 0.25/],
    ['another id', withEntry(2, { 112: { logprob: -1 } }), /row 0, token 2: expected id 111, got 112/],
    ['a list of ids', withEntry(2, [1]), /row 0, token 2: expected id 111, got 0/],
    ['a missing entry', withEntry(2, null), /row 0, token 2: expected id 111, got none/],
    ['too few', changed((reply) => void at(reply).pop()), /row 0: expected log-probabilities of 5 tokens, got 4/],
    ['too many', changed((reply) => void at(reply).push(null)), /expected log-probabilities of 5 tokens, got 6/],
    [
      'none',
      changed((reply) => ({ ...reply, choices: [{ index: 0 }] })),
      /expected a list 'prompt_logprobs', got nothing/,
    ],
    ['too few choices', changed((reply) => ({ ...reply, choices: [] })), /choices to be a list of 1, got one of 0/],
    ['another index', changed((reply) => ({ choices: [{ ...reply.choices[0], index: 1 }] })), /indexes 0 to 0/],
    ['null for all', body('null'), /expected choices to be a list of 1, got nothing/],
  ])('%s', async (_, answer, message) => {
    const { endpoint, device } = await opened({ protocol: 'vllm' })
    endpoint.answers.push(answer)
    const error = await failure(device.compute([row]))
    expect(error).toBeInstanceOf(ShardError)
    expect(error.message).toMatch(message)
    expect(error.message).toContain(`${endpoint.url}v1/completions, asked for 1 row of 5 tokens: `)
    expect(endpoint.asked).toHaveLength(1)
  })

  it('counts a little above 0 as rounding', async () => {
    const { endpoint, device } = await opened({ protocol: 'vllm' })
    endpoint.answers.push(withEntry(2, { 111: { logprob: 4e-6 } }))
    const [numbers] = await device.compute([row])
    expect(numbers[1]).toBe(0)
  })

  it('puts choices in the order of their indexes', async () => {
    const { endpoint, device } = await opened({ protocol: 'vllm' })
    endpoint.answers.push(changed((reply) => ({ ...reply, choices: reply.choices.toReversed() })))
    const rows = randomRows(3, 5)
    expect(await device.compute(rows)).toEqual(rows.map(expectedNumbers))
  })

  it.each<[string, Answer, RegExp]>([
    [
      'null',
      changed(([item]) => void item.meta_info.input_token_logprobs[2].splice(0, 1, null)),
      /token 2: expected a log-probability, got null/,
    ],
    [
      'another id',
      changed(([item]) => void item.meta_info.input_token_logprobs[0].splice(1, 1, 1)),
      /token 0: expected id 119, got 1/,
    ],
    ['too few', changed(([item]) => void item.meta_info.input_token_logprobs.pop()), /of 5 tokens, got 4/],
    [
      'no list of them',
      changed(([item]) => [{ ...item, meta_info: {} }]),
      /meta_info: expected a list 'input_token_logprobs'/,
    ],
    ['one object', changed(([item]) => item), /expected the reply to be a list of 1, got object/],
  ])('%s, sglang', async (_, answer, message) => {
    const { endpoint, device } = await opened({ protocol: 'sglang' })
    endpoint.answers.push(answer)
    expect((await failure(device.compute([row]))).message).toMatch(message)
  })

  const lists = (change: (logprobs: Json) => unknown) => changed((reply) => void change(reply.choices[0].logprobs))
  it.each<[string, Answer, RegExp]>([
    [
      'null',
      lists((logprobs) => logprobs.token_logprobs.splice(2, 1, null)),
      /token 2: expected a log-probability, got null/,
    ],
    [
      'too few',
      lists((logprobs) => {
        logprobs.token_logprobs.length = 3
        logprobs.tokens.length = 3
      }),
      /of 5 tokens .* got 3/,
    ],
    [
      'too many',
      lists((logprobs) => {
        logprobs.token_logprobs.push(-1)
        logprobs.tokens.push('x')
      }),
      /of 5 tokens .* got 7/,
    ],
    [
      'generated tokens only',
      lists((logprobs) => {
        logprobs.token_logprobs = [-1]
        logprobs.tokens = ['x']
      }),
      /of 5 tokens .* got 1/,
    ],
    ['lists that differ', lists((logprobs) => logprobs.tokens.pop()), /got 6 and 5 tokens/],
  ])('%s, echo', async (_, answer, message) => {
    const { endpoint, device } = await opened({ protocol: 'echo' })
    endpoint.answers.push(answer)
    expect((await failure(device.compute([row]))).message).toMatch(message)
  })

  it('an endless one', async () => {
    const { endpoint, device } = await opened({ protocol: 'vllm' })
    endpoint.answers.push((response) => {
      response.writeHead(200)
      const write = () => {
        while (!response.destroyed && response.write('[0,'.repeat(100_000)));
      }
      response.on('drain', write)
      write()
    })
    expect((await failure(device.compute([row]))).message).toMatch(/expected a reply of at most \d+ bytes/)
  })
})

describe.each(PROTOCOLS)('rows of text, %s', (protocol) => {
  it.each([false, true])('the server splits them, BOS before them: %s', async (bos) => {
    const { device } = await opened({ protocol, bos }, { probe: PROBE_TEXT, contextTokens: null })
    const texts = ['One text.', 'Another, longer one.\n', '', 'a', 'café \ud800 \u0000']
    const numbers = await device.compute(texts)
    expect(numbers).toEqual(texts.map((text) => expectedNumbers(text === '' ? [] : idsOf(text, bos))))
  })

  it('a text without tokens has no numbers', async () => {
    const { endpoint, device } = await opened({ protocol }, { probe: PROBE_TEXT, contextTokens: null })
    endpoint.answers.push(
      changed((reply) => {
        if (protocol === 'vllm') reply.choices[0].prompt_logprobs = []
        if (protocol === 'sglang') reply[0].meta_info.input_token_logprobs = []
        if (protocol === 'echo') reply.choices[0].logprobs = { tokens: ['!'], token_logprobs: [null] }
      }),
    )
    expect(await device.compute(['\u200b'])).toEqual([new Float32Array(0)])
  })

  it('what the server refuses has no numbers, the rest does', async () => {
    const { endpoint, device } = await opened(
      { protocol, contextTokens: 100 },
      { probe: PROBE_TEXT, contextTokens: null },
    )
    const texts = ['short', 'x'.repeat(200), 'also short']
    expect(await device.compute(texts)).toEqual([
      expectedNumbers(idsOf(texts[0])),
      new Float32Array(0),
      expectedNumbers(idsOf(texts[2])),
    ])
    expect(endpoint.asked.length).toBe(protocol === 'echo' ? 3 : 4)
  })

  it('requests of one batch wait for their turn', async () => {
    const options = { probe: PROBE_TEXT, contextTokens: null, concurrency: 2 }
    const { endpoint, device } = await opened({ protocol, delayMs: 3 }, options)
    const texts = Array.from({ length: 8 }, (_, i) => `text ${i}`)
    expect(await device.compute(texts)).toEqual(texts.map((text) => expectedNumbers(idsOf(text))))
    expect(endpoint.asked).toHaveLength(protocol === 'echo' ? 8 : 1)
    expect(endpoint.inFlightMax).toBeLessThanOrEqual(2)
  })
})

describe('opening', () => {
  async function refusal(endpoint: ScoringEndpoint, options: Partial<ServerOptions>): Promise<string> {
    const error = await failure(openServer(optionsFor(endpoint, options)))
    expect(error).toBeInstanceOf(ConfigError)
    return error.message
  }

  it.each(PROTOCOLS)('asks for one sentence, %s', async (protocol) => {
    const endpoint = await endpointFor({ protocol, unlisted: true })
    open.unshift(await openServer(optionsFor(endpoint, { protocol })))
    expect(endpoint.asked).toHaveLength(1)
  })

  it('refuses a model that is not there', async () => {
    const listed = await endpointFor({ protocol: 'vllm', model: 'other' })
    expect(await refusal(listed, {})).toBe(`server: ${listed.url} serves no 'tiny' but other`)
    const unlisted = await endpointFor({ protocol: 'vllm', model: 'other', unlisted: true })
    expect(await refusal(unlisted, {})).toMatch(/got 404: The model `tiny` does not exist\.$/)
  })

  it('takes the address with v1, too', async () => {
    const endpoint = await endpointFor({ protocol: 'vllm' })
    open.unshift(await openServer(optionsFor(endpoint, { url: `${endpoint.url}v1` })))
    expect(endpoint.asked[0].path).toBe('/v1/completions')
  })

  it.each([
    ['vllm', 'sglang', /v1\/completions: expected status 200, got 404: Not Found/],
    ['sglang', 'vllm', /generate: expected status 200, got 404: Not Found/],
    ['vllm', 'echo', /expected a list 'prompt_logprobs', got nothing; does the endpoint speak this protocol/],
    ['echo', 'vllm', /expected a list 'token_logprobs', got nothing/],
  ] as const)('refuses %s where %s is spoken', async (protocol, spoken, message) => {
    expect(await refusal(await endpointFor({ protocol: spoken }), { protocol })).toMatch(message)
  })

  it('refuses log-probabilities of generated tokens only', async () => {
    const endpoint = await endpointFor({ protocol: 'echo' })
    const generatedOnly = changed((reply) => {
      Object.assign(reply.choices[0].logprobs, { tokens: ['x'], token_logprobs: [-1] })
    })
    endpoint.answers.push(generatedOnly, generatedOnly)
    expect(await refusal(endpoint, { protocol: 'echo' })).toMatch(
      /expected log-probabilities of 87 tokens .* got 1 and 1 tokens; does the endpoint heed 'echo'/,
    )
    expect(await refusal(endpoint, { protocol: 'echo', probe: PROBE_TEXT })).toMatch(
      /expected the tokens of .*, got ''$/,
    )
  })

  it('refuses another vocabulary', async () => {
    const endpoint = await endpointFor({ protocol: 'vllm' })
    const pieces = probe.pieces.map((piece, i) => (i === 5 ? 'q' : piece))
    expect(await refusal(endpoint, { probe: { ids: probe.ids, pieces } })).toMatch(
      /its vocabulary is not that of the tokenizer: expected id 109 to be 'q', got 'm'/,
    )
    const outside = { ids: Int32Array.of(BOS, 500), pieces: ['<s>', 'x'] }
    expect(await refusal(endpoint, { probe: outside })).toMatch(/got 400: Token id 500 is out of vocabulary/)
  })

  it('takes other marks of a space for a space', async () => {
    const { device } = await opened(
      { protocol: 'vllm' },
      {
        probe: { ids: probe.ids, pieces: probe.pieces.map((piece) => piece.replace(' ', 'Ġ')) },
      },
    )
    expect(device.concurrency).toBe(2)
  })

  it('refuses texts that are scored one token off', async () => {
    const endpoint = await endpointFor({ protocol: 'echo' })
    endpoint.answers.push(
      changed((reply) => {
        reply.choices[0].logprobs.tokens.pop()
        reply.choices[0].logprobs.token_logprobs.shift()
      }),
    )
    expect(await refusal(endpoint, { protocol: 'echo', probe: PROBE_TEXT })).toMatch(
      /expected the tokens of 'The miller/,
    )
  })

  it('refuses windows that do not fit', async () => {
    const endpoint = await endpointFor({ protocol: 'sglang', contextTokens: 128 })
    const options = { protocol: 'sglang', model: '' } as const
    expect(await refusal(endpoint, { ...options, contextTokens: 128 })).toMatch(
      /expected rows of at most 127, got 128$/,
    )
    open.unshift(await openServer(optionsFor(endpoint, { ...options, contextTokens: 127 })))
  })

  it('sends a key and never shows it', async () => {
    process.env.MILLRACE_TEST_KEY = 'sesame-0815'
    const endpoint = await endpointFor({ protocol: 'vllm', key: 'sesame-0815' })
    open.unshift(await openServer(optionsFor(endpoint, { apiKeyVariable: 'MILLRACE_TEST_KEY' })))
    expect(endpoint.asked[0].authorization).toBe('Bearer sesame-0815')
    endpoint.answers.push(status(400, {}, { error: { message: 'you sent Bearer sesame-0815' } }))
    expect(await refusal(endpoint, { apiKeyVariable: 'MILLRACE_TEST_KEY' })).toMatch(/got 400: you sent Bearer \*\*\*$/)
    process.env.MILLRACE_TEST_KEY = 'wrong-0815'
    expect(await refusal(endpoint, { apiKeyVariable: 'MILLRACE_TEST_KEY' })).toMatch(/expected status 200, got 401$/)
    process.env.MILLRACE_TEST_KEY = 'line\nbreak'
    expect(await refusal(endpoint, { apiKeyVariable: 'MILLRACE_TEST_KEY' })).not.toMatch(/line|break/)
    delete process.env.MILLRACE_TEST_KEY
    expect(await refusal(endpoint, { apiKeyVariable: 'MILLRACE_TEST_KEY' })).toMatch(/MILLRACE_TEST_KEY, got none/)
  })

  it('refuses an address where nothing answers', async () => {
    const endpoint = await endpointFor({ protocol: 'vllm' })
    await endpoint.close()
    expect(await refusal(endpoint, { attemptsMax: 9 })).toMatch(/gave up after 3 attempts, the last: .*ECONNREFUSED/)
  })

  it.each([
    ['127.0.0.1:8000', /expected an address/],
    ['nonsense', /got 'nonsense'/],
    ['ftp://host', /one of ftp:/],
    ['http://user:secret@host', /one with user, query or fragment on host/],
    ['http://host/?key=secret', /one with user, query or fragment on host/],
  ])('refuses the address %s', async (url, message) => {
    const error = await failure(openServer({ ...optionsFor(await endpointFor({ protocol: 'vllm' })), url }))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('secret')
  })
})
