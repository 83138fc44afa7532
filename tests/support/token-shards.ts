/** Token shards of all formats in memory, and documents to put in them. */
import { arrowTokenEncoder } from '../../src/formats/tokens/arrow.js'
import { type FlatFiles, flatTokenEncoder } from '../../src/formats/tokens/flat.js'
import { type MegatronFiles, megatronTokenEncoder } from '../../src/formats/tokens/megatron.js'
import type { TokenCounts, TokenEncoder, TokenOptions } from '../../src/formats/tokens/rows.js'
import type { Zstd } from '../../src/io/zstd.js'
import type { Random } from './random.js'

export interface TokenDocument {
  readonly id: string
  readonly ids: Uint32Array
}

export const TOKENIZER = { name: 'a tokenizer', digest: '0'.repeat(64) }

export function randomTokens(random: Random, count: number, vocabularySize: number): TokenDocument[] {
  const longest = random.pick([3, 40, 3000])
  return Array.from({ length: count }, (_, i) => ({
    // Ids may repeat, and hold whatever an input has.
    id: random.pick([`document ${i}`, 'again', 'π "😀"\n']),
    ids: Uint32Array.from({ length: random.below(longest) }, () => random.below(vocabularySize)),
  }))
}

function encode(encoder: TokenEncoder, documents: readonly TokenDocument[]): TokenCounts {
  for (const { id, ids } of documents) encoder.add(id, ids)
  return encoder.finish()
}

export function arrowShard(documents: readonly TokenDocument[], options: TokenOptions, zstd: Zstd | null) {
  const parts: Uint8Array[] = []
  const counts = encode(
    arrowTokenEncoder((bytes) => parts.push(bytes), zstd, options),
    documents,
  )
  return { counts, bytes: Buffer.concat(parts) }
}

export function flatShard(documents: readonly TokenDocument[], options: TokenOptions) {
  const parts: Record<keyof FlatFiles, Uint8Array[]> = { bin: [], index: [], json: [] }
  const write = {
    bin: (bytes: Uint8Array) => parts.bin.push(bytes),
    index: (bytes: Uint8Array) => parts.index.push(bytes),
    json: (bytes: Uint8Array) => parts.json.push(bytes),
  }
  const counts = encode(flatTokenEncoder(write, { ...options, tokenizer: TOKENIZER }), documents)
  const files: FlatFiles = {
    bin: Buffer.concat(parts.bin),
    index: Buffer.concat(parts.index),
    json: Buffer.concat(parts.json),
  }
  return { counts, files }
}

export function megatronShard(documents: readonly TokenDocument[], options: TokenOptions) {
  const parts: Record<keyof MegatronFiles, Uint8Array[]> = { bin: [], idx: [] }
  const write = {
    bin: (bytes: Uint8Array) => parts.bin.push(bytes),
    idx: (bytes: Uint8Array) => parts.idx.push(bytes),
  }
  const counts = encode(megatronTokenEncoder(write, options), documents)
  const files: MegatronFiles = { bin: Buffer.concat(parts.bin), idx: Buffer.concat(parts.idx) }
  return { counts, files }
}
