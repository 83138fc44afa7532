/**
 * Counts what reading a WARC file costs, in bytes: a real zlib and real searches, with counters before them. A test puts them
 * in with `vi.mock('node:zlib', …)`, for modules hold zlib's functions by import.
 */
import type * as Zlib from 'node:zlib'

export interface Work {
  /** Taken by zlib, attempts that fail included. */
  inflated: number
  /** Given out by zlib. */
  output: number
  /** Gone through by searches for a byte or a mark. */
  searched: number
}

export const work: Work = { inflated: 0, output: 0, searched: 0 }

export function resetWork(): void {
  Object.assign(work, { inflated: 0, output: 0, searched: 0 })
}

interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

export function countedZlib(zlib: typeof Zlib): typeof Zlib {
  /** null where it throws. */
  function attempt(bytes: Buffer, options: Zlib.ZlibOptions): Inflated | null {
    try {
      return zlib.inflateRawSync(bytes, { ...options, info: true }) as unknown as Inflated // its types leave out `info`
    } catch {
      return null
    }
  }

  function count(bytes: Buffer, { maxOutputLength }: Zlib.ZlibOptions): void {
    const partly = { maxOutputLength, finishFlush: zlib.constants.Z_SYNC_FLUSH }
    let done = attempt(bytes, partly)
    if (done === null) {
      // How far an attempt came that threw is found by trying shorter ones.
      let sound = 0
      for (let broken = bytes.length; broken - sound > 1; ) {
        const middle = Math.min((sound + broken) >> 1, sound * 2 + 16)
        const tried = attempt(bytes.subarray(0, middle), partly)
        if (tried === null) broken = middle
        else {
          sound = middle
          done = tried
        }
      }
    }
    work.inflated += done?.engine.bytesWritten ?? 0
    work.output += done?.buffer.length ?? 0
  }

  return {
    ...zlib,
    inflateRawSync(bytes, options) {
      count(bytes as Buffer, options ?? {}) // the reader gives buffers
      return zlib.inflateRawSync(bytes, options)
    },
    createInflateRaw(options) {
      const stream = zlib.createInflateRaw(options)
      stream.on('data', (bytes: Buffer) => {
        work.output += bytes.length
      })
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean // passed on as given
      stream.write = (...args: unknown[]) => {
        work.inflated += (args[0] as Buffer).length // the reader writes buffers
        return write(...args)
      }
      return stream
    },
  } as typeof Zlib // the overloads that the reader uses
}

/** Counts what `Buffer.indexOf` goes through while `run` runs. */
export async function countingSearches<T>(run: () => Promise<T>): Promise<T> {
  const indexOf = Buffer.prototype.indexOf
  Buffer.prototype.indexOf = function (this: Buffer, value: string | number | Uint8Array, from = 0): number {
    const at = indexOf.call(this, value, from as number)
    work.searched += Math.max((at === -1 ? this.length : at) - Number(from), 0)
    return at
  }
  try {
    return await run()
  } finally {
    Buffer.prototype.indexOf = indexOf
  }
}
