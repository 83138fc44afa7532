/**
 * fastText's product-quantized matrix (Joulin et al. 2016, "FastText.zip", section 3): a row is cut into sub-vectors, each
 * replaced by the number of one of 256 centroids; the row's norm may be quantized apart, by one more table of 256.
 */
import type { ByteReader } from './byte-reader.js'

export const CENTROIDS = 256

/** A table of centroids for vectors of `dimension`, cut into `parts` of `partLength` (the last may be shorter). */
export interface Quantizer {
  readonly dimension: number
  readonly parts: number
  readonly partLength: number
  readonly lastLength: number
  readonly centroids: Float32Array
}

export interface QuantizedMatrix {
  readonly kind: 'quantized'
  readonly rows: number
  readonly columns: number
  /** `quantizer.parts` bytes a row. */
  readonly codes: Uint8Array
  readonly quantizer: Quantizer
  /** One byte a row, a number in `norms`; null when norms are not quantized apart. */
  readonly normCodes: Uint8Array | null
  readonly norms: Float32Array | null
}

export function readQuantizedMatrix(reader: ByteReader, what: string): QuantizedMatrix {
  const normsApart = reader.boolean(`${what} norms quantized`)
  const rows = reader.count64(`${what} rows`, 1)
  const columns = reader.count64(`${what} columns`, 1)
  const codeBytes = reader.count32(`${what} codes`, 1)
  const codes = reader.take(codeBytes, `${what} codes`)
  const quantizer = readQuantizer(reader, what)
  if (quantizer.dimension !== columns || quantizer.parts * rows !== codeBytes) {
    reader.fail(
      `${what} of ${rows} x ${columns} with ${codeBytes} code bytes does not match its quantizer of ${quantizer.dimension} in ${quantizer.parts} parts`,
    )
  }
  if (!normsApart) return { kind: 'quantized', rows, columns, codes, quantizer, normCodes: null, norms: null }
  const normCodes = reader.take(rows, `${what} norm codes`)
  const normQuantizer = readQuantizer(reader, `${what} norms`)
  if (normQuantizer.dimension !== 1) reader.fail(`${what} norms: expected dimension 1, got ${normQuantizer.dimension}`)
  return { kind: 'quantized', rows, columns, codes, quantizer, normCodes, norms: normQuantizer.centroids }
}

function readQuantizer(reader: ByteReader, what: string): Quantizer {
  const dimension = reader.count32(`${what} quantizer dimension`, CENTROIDS * 4)
  const parts = reader.int32(`${what} quantizer parts`)
  const partLength = reader.int32(`${what} quantizer part length`)
  const lastLength = reader.int32(`${what} quantizer last part length`)
  const sound = partLength > 0 && parts === Math.ceil(dimension / partLength)
  if (!sound || lastLength !== dimension - (parts - 1) * partLength) {
    reader.fail(`${what} quantizer: ${dimension} is not ${parts} parts of ${partLength}, the last of ${lastLength}`)
  }
  return {
    dimension,
    parts,
    partLength,
    lastLength,
    centroids: reader.floats(dimension * CENTROIDS, `${what} centroids`),
  }
}

/** The row written out as floats into `out[at …]`. */
export function decodeRow(matrix: QuantizedMatrix, row: number, out: Float32Array, at: number): void {
  const { parts, partLength, lastLength, centroids } = matrix.quantizer
  const norm = matrix.norms === null || matrix.normCodes === null ? 1 : matrix.norms[matrix.normCodes[row]]
  // Indices below are inside by the checks in readQuantizedMatrix: a code is a byte, a table has 256 centroids a part.
  for (let part = 0; part < parts; part++) {
    const length = part === parts - 1 ? lastLength : partLength
    const code = matrix.codes[row * parts + part]
    const from = part * CENTROIDS * partLength + code * length
    for (let i = 0; i < length; i++) out[at + part * partLength + i] = norm * centroids[from + i]
  }
}
