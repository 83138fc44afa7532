/** Zstandard frames as other writers make them: with a dictionary, without a size, cut into blocks by hand. */
import { compressUsingDict, createCCtx } from '@bokuweb/zstd-wasm'
import { loadZstd } from '../../src/io/zstd.js'

/** A dictionary with tables, id 77, trained by zstd 1.5.7 (python-zstandard 0.25.0) on records made of numbered words. */
const TRAINED = [
  'N6Qw7E0AAAAUEOgK0wEAAAAAwIpbSplSSgELIUgzBwAQEAgGs7kDAAAEAMCgIiwXBiABuxwAAADDIjQCAAAAAAAAAAAAAADGhgAAAABkKxQb',
  'AQAAAAAAAAAAAAAAAAAAAQAAAAQAAAAIAAAAPHA+d29yZDM0IHdvcmQxMiB3b3JkMjUgd29yZDMyIHdvcmQxIHdvcmQzMCB3b3JkNDcgd29y',
  'ZDEyIHdvcmQxNiB3b3JkMjkgd29yZDQgd29yZDI4IHdvcmQyNCB3b3JkMTggd29yZHdvcmQzMCB3b3JkNDUgd29yZDMyIHdvcmQ0MCB3b3Jk',
  'MzQgd29yZDMgd29yZDAgd29yZDQ4IHdvcmQzNCB3b3JkMTQgd29yZDQzIHdvcmQyMCB3b3JkOSB3b3JkMzYgd29yZDE4IHdvcmQzNSB3b3Jk',
  'MTUgd29yZDIyIHdvcmQ1NSB3b3JkNTAgd29yZDUyIHdvcmQyMiB3b3JkMzcgd29yZDI0IHdvcmQ5IHdvcmQyOSB3b3JkMjcgd29yZDQyIHdv',
  'cmQ0NCB3b3JkMjUgd29yZDMgd29yZDI5IHdvcmQ1OCB3b3JkMjUgd29yZDUzIHdvcmQxPC9wPjwvYm9keT48L2h0bWw+DQoNCldBUkMvMS4x',
  'DQpXQVJDLVR5cGU6IHJlc3BvbnNlDQpXQVJDLVRhcmdldC1VUkk6IGh0dHBzOi8vc2l0ZTYuZXhhbXBsZS84Mw0KQ29udGVudC1MZW5ndGg6',
  'IDM2NA0KDQpIVFRQLzEuMSAyMDAgT0sNCkNvbnRlbnQtVHlwZTogdGV4dC9odG1sOyBjaGFyc2V0PXV0Zi04DQoNCjxodG1sPg==',
]
export const dictionary: Uint8Array = Buffer.from(TRAINED.join(''), 'base64')

/** With the dictionary; any bytes are one that is content alone. */
export async function compressedWith(dictionary: Uint8Array, bytes: Uint8Array, level = 3): Promise<Buffer> {
  await loadZstd()
  return Buffer.from(compressUsingDict(createCCtx(), bytes, dictionary, level))
}

/** A skippable frame (RFC 8878 section 3.1.2); kind 13 holds the dictionary of a .warc.zst file. */
export function skippable(kind: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0x184d2a50 + kind, 0)
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content])
}

export interface Block {
  readonly type: 'raw' | 'repeated'
  /** Of a repeated block, one byte. */
  readonly content: Uint8Array
  /** How often it is repeated. */
  readonly count?: number
}

/** A frame without content size and checksum, of a window of 2^windowLog bytes. */
export function frameOf(blocks: readonly Block[], windowLog = 20): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3])]
  for (const [at, { type, content, count = 0 }] of blocks.entries()) {
    const size = type === 'raw' ? content.length : count
    const head = Buffer.alloc(3)
    head.writeUIntLE((size << 3) | (type === 'raw' ? 0 : 2) | (at === blocks.length - 1 ? 1 : 0), 0, 3)
    parts.push(head, Buffer.from(content))
  }
  return Buffer.concat(parts)
}

/** A frame of raw blocks: what it holds stands in it as it is. */
export function storedFrame(bytes: Uint8Array, blockSize = 100_000): Buffer {
  const blocks: Block[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += blockSize)
    blocks.push({ type: 'raw', content: bytes.subarray(at, at + blockSize) })
  return frameOf(blocks)
}
