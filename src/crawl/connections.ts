/**
 * Connections for a crawl: undici clients, one request at a time on each, that connect only to addresses which have been checked.
 * A name is resolved here, its addresses are judged (`addresses.ts`), and the socket is opened to the judged address itself, so
 * that no second answer of a name server can lead elsewhere. Each new connection is checked anew.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { lookup } from 'node:dns/promises'
import { isIP, type Socket } from 'node:net'
import { buildConnector, Client } from 'undici'
import { addressRefusal, type Subnets, subnetsOf } from './addresses.js'

/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

export interface ConnectionOptions {
  /** Subnets of special addresses that are connected to all the same. */
  readonly allowPrivate: readonly string[]
  readonly connectSecondsMax: number
  readonly headerSizeMax: number
  /** Silence that ends a request: before the head, or within the body. */
  readonly silenceSecondsMax: number
  /** Idle clients that are kept. */
  readonly idleMax: number
  /** Certificates (PEM) that are trusted instead of the system's. */
  readonly ca?: string
}

/** No address of a host may be connected to. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}

/** Addresses of a host that are tried one after the other. */
const ADDRESSES_TRIED = 4
/** How long a server's connection is kept when it does not say. */
const KEPT_MS = 15_000

/** One connection to a server at a time, and what went over it last. */
export class Lane {
  readonly client: Client
  /** IP address of the open socket, '' before there is one. */
  address = ''
  /** Head of the last request as it was sent. */
  requestHead = ''
  /** Requests that were answered on the open socket: after the first, a server may have closed it without our knowledge. */
  answered = 0

  constructor(
    readonly origin: string,
    makeClient: (lane: Lane) => Client,
  ) {
    this.client = makeClient(this)
  }
}

const SEND_HEADERS = 'undici:client:sendHeaders'

export class Connections {
  readonly #idle = new Map<string, Lane[]>()
  #idleCount = 0
  readonly #lanes = new WeakMap<object, Lane>()
  readonly #connector: buildConnector.connector
  readonly #allowed: Subnets
  readonly #noteHead: (message: unknown) => void

  constructor(
    private readonly options: ConnectionOptions,
    private readonly resolve: Resolve = resolveBySystem,
  ) {
    // Not undici's own retries over several addresses: the connector is given one.
    const { connectSecondsMax, ca } = options
    this.#connector = buildConnector({ timeout: connectSecondsMax * 1000, ...(ca === undefined ? {} : { ca }) })
    this.#allowed = subnetsOf(options.allowPrivate)
    this.#noteHead = (message) => {
      const { socket, headers } = message as { socket: object; headers: string } // as undici documents the channel
      const lane = this.#lanes.get(socket)
      if (lane !== undefined) lane.requestHead = headers
    }
    subscribe(SEND_HEADERS, this.#noteHead)
  }

  /** An idle connection to the origin, or a new one. */
  take(origin: string): Lane {
    const idle = this.#idle.get(origin)
    const lane = idle?.pop()
    if (lane === undefined) return this.open(origin)
    this.#idleCount--
    if (idle?.length === 0) this.#idle.delete(origin)
    return lane
  }

  open(origin: string): Lane {
    return new Lane(origin, (lane) => this.#client(lane))
  }

  giveBack(lane: Lane): void {
    if (this.#idleCount >= this.options.idleMax) this.#closeOldest()
    const idle = this.#idle.get(lane.origin)
    this.#idle.delete(lane.origin) // to the end: the first is the oldest
    this.#idle.set(lane.origin, [...(idle ?? []), lane])
    this.#idleCount++
  }

  async close(): Promise<void> {
    unsubscribe(SEND_HEADERS, this.#noteHead)
    const lanes = [...this.#idle.values()].flat()
    this.#idle.clear()
    this.#idleCount = 0
    await Promise.all(lanes.map((lane) => lane.client.destroy()))
  }

  #closeOldest(): void {
    const [origin, lanes] = this.#idle.entries().next().value ?? []
    if (origin === undefined || lanes === undefined) return
    this.#idle.delete(origin)
    this.#idleCount -= lanes.length
    for (const lane of lanes) void lane.client.destroy()
  }

  #client(lane: Lane): Client {
    const { headerSizeMax, silenceSecondsMax } = this.options
    return new Client(lane.origin, {
      maxHeaderSize: headerSizeMax,
      headersTimeout: silenceSecondsMax * 1000,
      bodyTimeout: silenceSecondsMax * 1000,
      keepAliveTimeout: KEPT_MS,
      pipelining: 1,
      connect: (options, callback) => {
        lane.address = ''
        lane.answered = 0
        this.#connect(options).then(
          ({ socket, address }) => {
            lane.address = address
            this.#lanes.set(socket, lane)
            callback(null, socket)
          },
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
        )
      },
    })
  }

  async #connect(options: buildConnector.Options): Promise<{ socket: Socket; address: string }> {
    const { hostname } = options
    const literal = isIP(hostname) !== 0
    const addresses = literal ? [hostname] : await this.resolve(hostname)
    const judged = addresses.map((address) => ({ address, refusal: addressRefusal(address, this.#allowed) }))
    const allowed = judged.filter(({ refusal }) => refusal === null)
    if (judged.length === 0) throw new Error(`${hostname}: no address`)
    if (allowed.length === 0)
      throw new AddressRefused(
        `${hostname}: ${judged.map(({ address, refusal }) => `${address} (${refusal})`).join(', ')}`,
      )
    let last: unknown
    for (const { address } of allowed.slice(0, ADDRESSES_TRIED)) {
      try {
        const socket = await this.#open({ ...options, hostname: address, ...(literal ? {} : { servername: hostname }) })
        return { socket, address }
      } catch (error) {
        last = error
      }
    }
    throw last
  }

  #open(options: buildConnector.Options): Promise<Socket> {
    return new Promise((done, fail) => {
      this.#connector(options, (error, socket) => {
        // Typed as null, and left out in fact, when there is an error.
        if (error) fail(error)
        else done(socket)
      })
    })
  }
}

/** By the operating system's resolver, /etc/hosts included; IPv4 first, since IPv6 is not everywhere connected. */
async function resolveBySystem(hostname: string): Promise<string[]> {
  const found = await lookup(hostname, { all: true, order: 'ipv4first' } as { all: true }) // `order` is newer than the types
  return found.map(({ address }) => address)
}
