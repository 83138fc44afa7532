/** HTTPS: certificates are checked against the name, though the connection goes to the address. Makes its own with openssl. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Connections } from '../../src/crawl/connections.js'
import { fetchUrl } from '../../src/crawl/fetch.js'
import { temporaryFolder } from '../support/folder.js'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const folder = temporaryFolder()
const key = join(folder, 'key.pem')
const certificate = join(folder, 'certificate.pem')

describe.skipIf(!hasOpenssl)('HTTPS (needs openssl)', () => {
  let server: Server
  let port: number
  const names: (string | false)[] = []
  beforeAll(async () => {
    const made = [
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=site.test',
      '-addext',
      'subjectAltName=DNS:site.test',
    ]
    execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
    server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      names.push(`${request.headers.host}`)
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>secure')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    port = (server.address() as AddressInfo).port // listening on TCP
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const limits = { secondsMax: 5, bodySizeMax: 1000, bytesPerSecondMin: 0, graceSeconds: 5 }
  const options = {
    allowPrivate: ['127.0.0.1/32'],
    connectSecondsMax: 2,
    headerSizeMax: 4096,
    silenceSecondsMax: 2,
    idleMax: 4,
  }

  async function get(host: string, trusted: boolean) {
    const ca = trusted ? { ca: readFileSync(certificate, 'utf8') } : {}
    const connections = new Connections({ ...options, ...ca }, async () => ['127.0.0.1'])
    try {
      return await fetchUrl(connections, { url: `https://${host}:${port}/`, headers: [], limits })
    } finally {
      await connections.close()
    }
  }

  it('a certificate that is trusted, for the name', async () => {
    const answer = await get('site.test', true)
    expect(answer).toMatchObject({ kind: 'answer', status: 200, address: '127.0.0.1' })
    expect(names).toEqual([`site.test:${port}`])
  })

  it('a certificate that is not trusted, or for another name, is a failure, not a page', async () => {
    expect(await get('site.test', false)).toMatchObject({
      kind: 'failure',
      reason: 'connect',
      message: expect.stringMatching(/self-signed/),
    })
    expect(await get('other.test', true)).toMatchObject({
      kind: 'failure',
      reason: 'connect',
      message: expect.stringMatching(/altnames/),
    })
    expect(names).toHaveLength(1)
  })
})
