/** Against a server on the loopback that answers as a copy of the repository would, and wrongly in every way. */
import { createHash } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BADWORD_LANGUAGES, fetchBadwords, fetchChecked } from '../../src/io/badword-lists.js'

let server: Server
let base = ''
let answer: RequestListener = () => {}
const asked: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => new Promise((done) => server.close(done)))

describe('lists of words', () => {
  it('are those of 28 languages', () => {
    expect(BADWORD_LANGUAGES).toHaveLength(28)
    expect(BADWORD_LANGUAGES).toContain('fr-CA-u-sd-caqc')
  })

  it('are read whole when their digest is right', async () => {
    const list = 'turnip\nblue cheese\n'
    answer = (_, response) => response.end(list)
    const digest = createHash('sha256').update(list).digest('hex')
    expect(Buffer.from(await fetchChecked(`${base}en`, digest)).toString()).toBe(list)
  })

  it('come from the commits that C4 took', async () => {
    answer = (_, response) => response.end('turnip\n')
    for (const language of ['en', 'de']) await expect(fetchBadwords(language, base)).rejects.toThrow(/SHA-256/)
    expect(asked.slice(-2)).toEqual([
      '/25e679f03d96baa721cde20db9944649e8d0a844/en',
      '/5faf2ba42d7b1c0977169ec3611df25a3c08eb13/de',
    ])
  })

  it.each<[string, RequestListener, RegExp]>([
    [
      'another file',
      (_, response) => response.end('turnip\n'),
      /tlh: expected SHA-256 [0-9a-f]{64}, got .* \(7 bytes\)/,
    ],
    ['no file', (_, response) => response.writeHead(404).end(), /tlh: expected status 200, got 404/],
    ['no end', (_, response) => response.end('x'.repeat(1e6)), /expected at most 65536 bytes, got more/],
    ['a broken line', (request) => request.socket.destroy(), /tlh: can't be reached: /],
  ])('are refused: %s', async (_, wrong, message) => {
    answer = wrong
    await expect(fetchBadwords('tlh', base)).rejects.toThrow(message)
  })

  it('are not to be had offline, and it says so', async () => {
    await expect(fetchBadwords('en', 'http://127.0.0.1:9/')).rejects.toThrow(
      /^http:\/\/127\.0\.0\.1:9\/25e679f0.*\/en: can't be reached: /,
    )
  })
})
