/**
 * Product quantization as fastText does it (`productquantizer.cc` of fastText 0.9; Jégou et al. 2011): for each part of the
 * columns k-means over up to 65,536 rows, 25 rounds at most, an empty cluster taking half of a large one.
 */
import type { DenseMatrix } from './model-file.js'
import { CENTROIDS, type QuantizedMatrix, type Quantizer } from './quantized-matrix.js'
import { SeededRandom } from './random.js'

const SAMPLE_ROWS_MAX = 256 * CENTROIDS
const ROUNDS = 25
const SEED = 1234
/** How far the two halves of a cluster are set apart. */
const SPLIT = 1e-7

export function quantizeMatrix(matrix: DenseMatrix, partLength: number, normsApart: boolean): QuantizedMatrix {
  const { rows, columns } = matrix
  const values = normsApart ? Float32Array.from(matrix.values) : matrix.values
  const norms = normsApart ? takeNorms(values, rows, columns) : null
  const quantizer = trainQuantizer(values, rows, columns, Math.min(partLength, columns))
  const codes = encode(values, rows, quantizer)
  if (norms === null) return { kind: 'quantized', rows, columns, codes, quantizer, normCodes: null, norms: null }
  const normQuantizer = trainQuantizer(norms, rows, 1, 1)
  const normCodes = encode(norms, rows, normQuantizer)
  return { kind: 'quantized', rows, columns, codes, quantizer, normCodes, norms: normQuantizer.centroids }
}

/** Gives each row the norm 1 (rows of zeros stay as they are) and their norms back. */
function takeNorms(values: Float32Array, rows: number, columns: number): Float32Array {
  const norms = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += values[i] * values[i]
    norms[row] = Math.sqrt(sum)
    if (sum > 0) for (let i = row * columns; i < (row + 1) * columns; i++) values[i] /= norms[row]
  }
  return norms
}

function trainQuantizer(values: Float32Array, rows: number, dimension: number, partLength: number): Quantizer {
  const parts = Math.ceil(dimension / partLength)
  const lastLength = dimension - (parts - 1) * partLength
  const centroids = new Float32Array(dimension * CENTROIDS)
  const random = new SeededRandom(SEED)
  const order = Int32Array.from({ length: rows }, (_, row) => row)
  const count = Math.min(rows, SAMPLE_ROWS_MAX)
  for (let part = 0; part < parts; part++) {
    const length = part === parts - 1 ? lastLength : partLength
    if (count < rows) random.shuffle(order)
    const points = new Float32Array(count * length)
    for (let i = 0; i < count; i++) {
      const from = order[i] * dimension + part * partLength
      points.set(values.subarray(from, from + length), i * length)
    }
    const at = part * CENTROIDS * partLength
    cluster(points, count, length, centroids.subarray(at, at + CENTROIDS * length), random)
  }
  return { dimension, parts, partLength, lastLength, centroids }
}

/** k-means from random points of the sample. */
function cluster(
  points: Float32Array,
  count: number,
  length: number,
  centroids: Float32Array,
  random: SeededRandom,
): void {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  random.shuffle(order)
  for (let c = 0; c < Math.min(count, CENTROIDS); c++) {
    centroids.set(points.subarray(order[c] * length, (order[c] + 1) * length), c * length)
  }
  if (count <= CENTROIDS) return
  const codes = new Uint8Array(count)
  for (let round = 0; round < ROUNDS; round++) {
    let changed = 0
    for (let i = 0; i < count; i++) {
      const code = nearest(points, i * length, length, centroids, 0)
      if (code !== codes[i]) changed++
      codes[i] = code
    }
    if (changed === 0) return
    moveCentroids(points, codes, length, centroids, random)
  }
}

function moveCentroids(
  points: Float32Array,
  codes: Uint8Array,
  length: number,
  centroids: Float32Array,
  random: SeededRandom,
): void {
  const members = new Int32Array(CENTROIDS)
  const sums = new Float64Array(centroids.length)
  for (let i = 0; i < codes.length; i++) {
    members[codes[i]]++
    for (let j = 0; j < length; j++) sums[codes[i] * length + j] += points[i * length + j]
  }
  for (let c = 0; c < CENTROIDS; c++) {
    for (let j = 0; j < length && members[c] > 0; j++) centroids[c * length + j] = sums[c * length + j] / members[c]
  }
  for (let c = 0; c < CENTROIDS; c++) {
    if (members[c] > 0) continue
    let from = 0
    while (random.next() * (codes.length - CENTROIDS) >= members[from] - 1) from = (from + 1) % CENTROIDS
    for (let j = 0; j < length; j++) {
      const apart = j % 2 === 0 ? -SPLIT : SPLIT
      centroids[c * length + j] = centroids[from * length + j] + apart
      centroids[from * length + j] -= apart
    }
    members[c] = Math.floor(members[from] / 2)
    members[from] -= members[c]
  }
}

function encode(values: Float32Array, rows: number, quantizer: Quantizer): Uint8Array {
  const { dimension, parts, partLength, lastLength, centroids } = quantizer
  const codes = new Uint8Array(rows * parts)
  for (let row = 0; row < rows; row++) {
    for (let part = 0; part < parts; part++) {
      const length = part === parts - 1 ? lastLength : partLength
      const from = row * dimension + part * partLength
      codes[row * parts + part] = nearest(values, from, length, centroids, part * CENTROIDS * partLength)
    }
  }
  return codes
}

/** The number of the centroid nearest to values[at, at + length). */
function nearest(values: Float32Array, at: number, length: number, centroids: Float32Array, from: number): number {
  let best = 0
  let bestDistance = Number.POSITIVE_INFINITY
  for (let c = 0; c < CENTROIDS; c++) {
    let distance = 0
    for (let j = 0, k = from + c * length; j < length; j++, k++) {
      const difference = values[at + j] - centroids[k]
      distance += difference * difference
    }
    if (distance < bestDistance) {
      bestDistance = distance
      best = c
    }
  }
  return best
}
