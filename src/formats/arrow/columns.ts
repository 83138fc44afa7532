/**
 * The columns of one record batch in memory, as the Arrow columnar format 1.5 lays them out: a validity bitmap where
 * there are nulls, offsets and bytes for strings, little-endian values for numbers, bits for booleans; for lists of
 * numbers offsets, and a child of its own validity (always empty: lists hold no nulls) and values.
 */
import assert from 'node:assert'

/** The value type of a list, and the typed array that its cells are. */
export const LIST_ARRAYS = {
  'list<int32>': Int32Array,
  'list<uint32>': Uint32Array,
  'list<float32>': Float32Array,
} as const

export type ListType = keyof typeof LIST_ARRAYS

/** `int64` holds integers up to 2^53 here; strings and lists have 32-bit offsets, which bounded batches never outgrow. */
export type ColumnType = 'utf8' | 'binary' | 'bool' | 'int64' | 'uint32' | 'float64' | ListType

export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** False when left out: a null is then a mistake of the caller. */
  readonly nullable?: boolean
}

export type ListCell = Int32Array | Uint32Array | Float32Array
export type Cell = string | number | boolean | Uint8Array | ListCell | null

/** A row by column name. In nullable columns a missing cell is null. */
export type Row = Readonly<Record<string, Cell | undefined>>

/** Values that one list may hold (1 GiB of them): after a batch that is nearly full, their offsets still fit 31 bits. */
export const LIST_LENGTH_MAX = 2 ** 28

export function isListType(type: ColumnType): type is ListType {
  return type in LIST_ARRAYS
}

/** Collects the cells of one column until `reset`. */
export interface ColumnBuilder {
  /** Returns the bytes added, 0 for types of fixed width. */
  append(cell: Cell | undefined): number
  readonly nullCount: number
  /** Values of the child of a list column; null for other types. */
  readonly valueCount: number | null
  /** Validity (empty without nulls) and the type's own buffers, its child's too, in the format's order; valid until `reset`. */
  buffers(): Uint8Array[]
  reset(): void
}

export function columnBuilder(column: Column, rowCountMax: number): ColumnBuilder {
  if (isListType(column.type)) return new ListBuilder(column, column.type, rowCountMax)
  switch (column.type) {
    case 'utf8':
    case 'binary':
      return new VariableBuilder(column, rowCountMax)
    case 'bool':
      return new BoolBuilder(column, rowCountMax)
    default:
      return new FixedBuilder(column, rowCountMax)
  }
}

const NONE = new Uint8Array(0)
/** Memory that a column of strings or lists keeps between batches; what one huge row needed beyond that is let go. */
const KEEP_BYTES = 8 * 2 ** 20

abstract class Builder implements ColumnBuilder {
  nullCount = 0
  protected rowCount = 0
  readonly #validity: Uint8Array

  constructor(
    readonly column: Column,
    rowCountMax: number,
  ) {
    this.#validity = new Uint8Array(bitmapBytes(rowCountMax))
  }

  get valueCount(): number | null {
    return null
  }

  append(cell: Cell | undefined): number {
    const row = this.rowCount++
    if (cell !== null && cell !== undefined) {
      setBit(this.#validity, row)
      return this.put(row, cell)
    }
    assert(this.column.nullable, `column ${this.column.name}: expected ${this.column.type}, got ${cell}`)
    this.nullCount++
    return this.putNull(row)
  }

  buffers(): Uint8Array[] {
    const validity = this.nullCount === 0 ? NONE : this.#validity.subarray(0, bitmapBytes(this.rowCount))
    return [validity, ...this.values()]
  }

  reset(): void {
    this.#validity.fill(0, 0, bitmapBytes(this.rowCount))
    this.nullCount = 0
    this.rowCount = 0
  }

  protected mismatch(cell: Cell): never {
    assert.fail(
      `column ${this.column.name}: expected ${this.column.type}, got ${typeof cell} ${String(cell).slice(0, 40)}`,
    )
  }

  protected abstract put(row: number, cell: NonNullable<Cell>): number
  protected abstract putNull(row: number): number
  protected abstract values(): Uint8Array[]
}

class VariableBuilder extends Builder {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024)
  #used = 0
  readonly #offsets: Int32Array

  constructor(column: Column, rowCountMax: number) {
    super(column, rowCountMax)
    this.#offsets = new Int32Array(rowCountMax + 1)
  }

  protected put(row: number, cell: NonNullable<Cell>): number {
    const before = this.#used
    if (typeof cell === 'string' && this.column.type === 'utf8') {
      // Three bytes a UTF-16 unit is the worst case; counting exactly is worth it only where that doesn't fit.
      if (this.#used + cell.length * 3 > this.#bytes.length) this.#reserve(Buffer.byteLength(cell))
      this.#used += this.#bytes.write(cell, this.#used)
    } else if (cell instanceof Uint8Array && this.column.type === 'binary') {
      this.#reserve(cell.length)
      this.#bytes.set(cell, this.#used)
      this.#used += cell.length
    } else this.mismatch(cell)
    this.#offsets[row + 1] = this.#used
    return this.#used - before
  }

  protected putNull(row: number): number {
    this.#offsets[row + 1] = this.#used
    return 0
  }

  protected values(): Uint8Array[] {
    const { buffer, byteOffset } = this.#offsets
    return [new Uint8Array(buffer, byteOffset, (this.rowCount + 1) * 4), this.#bytes.subarray(0, this.#used)]
  }

  override reset(): void {
    super.reset()
    this.#used = 0
    if (this.#bytes.length > KEEP_BYTES) this.#bytes = Buffer.allocUnsafeSlow(64 * 1024)
  }

  #reserve(lengthBytes: number): void {
    const needed = this.#used + lengthBytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(
      Math.max(needed, Math.min(this.#bytes.length * 2, this.#bytes.length + KEEP_BYTES)),
    )
    this.#bytes.copy(grown, 0, 0, this.#used)
    this.#bytes = grown
  }
}

class ListBuilder extends Builder {
  readonly #type: ListType
  readonly #offsets: Int32Array
  #values: ListCell
  #used = 0

  constructor(column: Column, type: ListType, rowCountMax: number) {
    super(column, rowCountMax)
    this.#type = type
    this.#offsets = new Int32Array(rowCountMax + 1)
    this.#values = new LIST_ARRAYS[type](16 * 1024)
  }

  protected put(row: number, cell: NonNullable<Cell>): number {
    if (!(cell instanceof LIST_ARRAYS[this.#type])) this.mismatch(cell)
    const list: ListCell = cell
    assert(
      list.length <= LIST_LENGTH_MAX,
      `column ${this.column.name}: expected at most ${LIST_LENGTH_MAX} values in a list, got ${list.length}`,
    )
    this.#reserve(list.length)
    this.#values.set(list, this.#used)
    this.#used += list.length
    this.#offsets[row + 1] = this.#used
    return list.byteLength
  }

  protected putNull(row: number): number {
    this.#offsets[row + 1] = this.#used
    return 0
  }

  protected values(): Uint8Array[] {
    const { buffer, byteOffset } = this.#offsets
    const offsets = new Uint8Array(buffer, byteOffset, (this.rowCount + 1) * 4)
    return [offsets, NONE, new Uint8Array(this.#values.buffer, 0, this.#used * 4)]
  }

  override get valueCount(): number {
    return this.#used
  }

  override reset(): void {
    super.reset()
    this.#used = 0
    if (this.#values.byteLength > KEEP_BYTES) this.#values = new LIST_ARRAYS[this.#type](16 * 1024)
  }

  #reserve(count: number): void {
    const needed = this.#used + count
    const { length } = this.#values
    if (needed <= length) return
    const grown = new LIST_ARRAYS[this.#type](Math.max(needed, Math.min(length * 2, length + KEEP_BYTES / 4)))
    grown.set(this.#values.subarray(0, this.#used))
    this.#values = grown
  }
}

class FixedBuilder extends Builder {
  readonly #view: DataView
  readonly #width: number

  constructor(column: Column, rowCountMax: number) {
    super(column, rowCountMax)
    this.#width = column.type === 'uint32' ? 4 : 8
    this.#view = new DataView(new ArrayBuffer(rowCountMax * this.#width))
  }

  protected put(row: number, cell: NonNullable<Cell>): number {
    if (typeof cell !== 'number') this.mismatch(cell)
    const at = row * this.#width
    switch (this.column.type) {
      case 'float64':
        this.#view.setFloat64(at, cell, true)
        break
      case 'uint32':
        if (cell !== cell >>> 0) this.mismatch(cell)
        this.#view.setUint32(at, cell, true)
        break
      default:
        if (!Number.isSafeInteger(cell)) this.mismatch(cell)
        // In halves: no BigInt is made for a number that fits a double.
        this.#view.setUint32(at, cell >>> 0, true)
        this.#view.setInt32(at + 4, Math.floor(cell / 2 ** 32), true)
    }
    return 0
  }

  protected putNull(row: number): number {
    // Zeroed, so that the bytes don't depend on the batch before.
    for (let at = row * this.#width; at < (row + 1) * this.#width; at += 4) this.#view.setUint32(at, 0)
    return 0
  }

  protected values(): Uint8Array[] {
    return [new Uint8Array(this.#view.buffer, 0, this.rowCount * this.#width)]
  }
}

class BoolBuilder extends Builder {
  readonly #bits: Uint8Array

  constructor(column: Column, rowCountMax: number) {
    super(column, rowCountMax)
    this.#bits = new Uint8Array(bitmapBytes(rowCountMax))
  }

  protected put(row: number, cell: NonNullable<Cell>): number {
    if (typeof cell !== 'boolean') this.mismatch(cell)
    if (cell) setBit(this.#bits, row)
    return 0
  }

  protected putNull(): number {
    return 0
  }

  protected values(): Uint8Array[] {
    return [this.#bits.subarray(0, bitmapBytes(this.rowCount))]
  }

  override reset(): void {
    this.#bits.fill(0, 0, bitmapBytes(this.rowCount))
    super.reset()
  }
}

function bitmapBytes(rowCount: number): number {
  return (rowCount + 7) >> 3
}

function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
}
