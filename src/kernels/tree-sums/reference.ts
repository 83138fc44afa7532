/**
 * Sums of symmetric decision trees (Prokhorenkova et al. 2018, CatBoost): every node of a level asks the same question, so a
 * tree is a list of questions and its answers are the bits of an index. No branch depends on the data.
 */
export interface TreeModel {
  /** Names of the columns that the questions count in. */
  readonly features: readonly string[]
  readonly trees: number
  readonly depth: number
  /** By tree and level: the column, and the greatest value that still answers no. */
  readonly columns: Uint8Array
  readonly limits: Int16Array
  /** By tree and index: log-odds times `scale`. */
  readonly leaves: Int16Array
  readonly scale: number
  /** Log-odds times `scale` before any tree. */
  readonly bias: number
}

/** Log-odds times the model's scale of the first `rows` rows; `table` holds `stride` values a column. */
export function sumTrees(model: TreeModel, table: Int16Array, stride: number, rows: number, sums: Int32Array): void {
  const { depth, columns, limits, leaves } = model
  sums.fill(model.bias, 0, rows)
  for (let tree = 0; tree < model.trees; tree++) {
    const question = tree * depth
    const base = tree << depth
    for (let level = 0; level < depth; level++) levelOffsets[level] = (columns[question + level] ?? 0) * stride
    const [c0, c1, c2, c3, c4, c5] = levelOffsets as unknown as Six // filled for depth 6, the only one that is trained
    const l0 = limits[question] ?? 0
    const l1 = limits[question + 1] ?? 0
    const l2 = limits[question + 2] ?? 0
    const l3 = limits[question + 3] ?? 0
    const l4 = limits[question + 4] ?? 0
    const l5 = limits[question + 5] ?? 0
    for (let row = 0; row < rows; row++) {
      const index =
        ((l0 - (table[c0 + row] ?? 0)) >>> 31) |
        (((l1 - (table[c1 + row] ?? 0)) >>> 31) << 1) |
        (((l2 - (table[c2 + row] ?? 0)) >>> 31) << 2) |
        (((l3 - (table[c3 + row] ?? 0)) >>> 31) << 3) |
        (((l4 - (table[c4 + row] ?? 0)) >>> 31) << 4) |
        (((l5 - (table[c5 + row] ?? 0)) >>> 31) << 5)
      sums[row] = (sums[row] ?? 0) + (leaves[base + index] ?? 0)
    }
  }
}

type Six = readonly [number, number, number, number, number, number]
const levelOffsets = new Int32Array(6)
