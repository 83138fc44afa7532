/** Writes small fastText models, byte by byte, from random numbers: the format of `src/classify/model-file.ts`. */
import type { Random } from './random.js'

export interface SmallModel {
  readonly magic: number
  readonly version: number
  readonly dimension: number
  readonly partLength: number
  readonly wordNgrams: number
  /** 1 hierarchical softmax, 2 negative sampling, 3 softmax, 4 one-vs-all. */
  readonly loss: number
  readonly kind: number
  readonly bucket: number
  readonly minn: number
  readonly maxn: number
  readonly words: readonly string[]
  readonly labels: readonly (readonly [name: string, count: number])[]
  /** Buckets that have a row. */
  readonly kept: readonly number[]
  readonly normsApart: boolean
  readonly quantized: boolean
  /** Without a prune index: every bucket has a row. */
  readonly pruned: boolean
  readonly outputQuantized: boolean
}

export const SMALL_MODEL: SmallModel = {
  magic: 793712314,
  version: 12,
  dimension: 5,
  partLength: 2,
  wordNgrams: 1,
  loss: 1,
  kind: 3,
  bucket: 40,
  minn: 2,
  maxn: 3,
  words: ['</s>', 'ein', 'der', 'été'],
  labels: [
    ['__label__de', 9],
    ['__label__fr', 5],
    ['__label__xx', 2],
  ],
  kept: Array.from({ length: 25 }, (_, i) => i + 3),
  normsApart: true,
  quantized: true,
  pruned: true,
  outputQuantized: false,
}

/** The file, and the offsets of its 32-bit and 64-bit counts by name, for tests that spoil them. */
export function modelFile(
  random: Random,
  over: Partial<SmallModel> = {},
): { bytes: Uint8Array; at: Map<string, number> } {
  const model = { ...SMALL_MODEL, ...over }
  const chunks: Uint8Array[] = []
  const at = new Map<string, number>()
  let length = 0
  const put = (bytes: Uint8Array) => {
    chunks.push(bytes)
    length += bytes.length
  }
  const int32 = (value: number, name?: string) => {
    if (name !== undefined) at.set(name, length)
    put(new Uint8Array(Int32Array.of(value).buffer))
  }
  const int64 = (value: number, name?: string) => {
    if (name !== undefined) at.set(name, length)
    put(new Uint8Array(BigInt64Array.of(BigInt(value)).buffer))
  }
  const byte = (value: number) => put(Uint8Array.of(value))
  const floats = (count: number) =>
    put(new Uint8Array(Float32Array.from({ length: count }, () => random.next() * 4 - 2).buffer))

  int32(model.magic, 'magic')
  int32(model.version, 'version')
  int32(model.dimension, 'dimension')
  for (const value of [5, 5, 1, 5]) int32(value)
  int32(model.wordNgrams, 'wordNgrams')
  int32(model.loss, 'loss')
  int32(model.kind, 'kind')
  int32(model.bucket, 'bucket')
  int32(model.minn, 'minn')
  int32(model.maxn, 'maxn')
  int32(100)
  put(new Uint8Array(Float64Array.of(1e-4).buffer))

  int32(model.words.length + model.labels.length, 'size')
  int32(model.words.length, 'wordCount')
  int32(model.labels.length, 'labelCount')
  int64(1000)
  int64(model.pruned ? model.kept.length : -1, 'pruneSize')
  const entries = [
    ...model.words.map((word) => [word, 7, 0] as const),
    ...model.labels.map(([n, c]) => [n, c, 1] as const),
  ]
  for (const [word, count, type] of entries) {
    put(new TextEncoder().encode(`${word}\0`))
    int64(count)
    byte(type)
  }
  if (model.pruned) {
    model.kept.forEach((bucket, row) => {
      int32(bucket)
      int32(row, `pruneRow${row}`)
    })
  }

  byte(model.quantized ? 1 : 0)
  matrix(model.words.length + (model.pruned ? model.kept.length : model.bucket), model.quantized, 'input')
  byte(model.outputQuantized ? 1 : 0)
  matrix(model.labels.length, model.outputQuantized, 'output')

  function matrix(rows: number, quantized: boolean, what: string): void {
    if (!quantized) {
      dense(rows, what)
      return
    }
    const parts = Math.ceil(model.dimension / model.partLength)
    byte(model.normsApart ? 1 : 0)
    int64(rows, `${what}Rows`)
    int64(model.dimension, `${what}Columns`)
    int32(rows * parts, what === 'input' ? 'codes' : 'outputCodes')
    put(Uint8Array.from({ length: rows * parts }, () => random.next() * 256))
    quantizer(model.dimension, model.partLength)
    if (model.normsApart) {
      put(Uint8Array.from({ length: rows }, () => random.next() * 256))
      quantizer(1, 1)
    }
  }

  function quantizer(dimension: number, partLength: number): void {
    const parts = Math.ceil(dimension / partLength)
    int32(dimension, `quantizer${dimension}`)
    int32(parts, 'parts')
    int32(partLength, 'partLength')
    int32(dimension - (parts - 1) * partLength, 'lastLength')
    floats(dimension * 256)
  }
  function dense(count: number, what: string): void {
    int64(count, `${what}Rows`)
    int64(model.dimension)
    floats(count * model.dimension)
  }
  return { bytes: new Uint8Array(Buffer.concat(chunks)), at }
}
