/** Sums of symmetric decision trees in WASM, for trees of depth 6: reference.ts defines them, bit for bit. */
import { ensureMemory, instantiateKernel, type KernelMemory } from '../load.js'
import type { TreeModel } from './reference.js'

interface Exports {
  readonly memory: KernelMemory
  sumTrees(
    questions: number,
    leaves: number,
    trees: number,
    table: number,
    stride: number,
    rows: number,
    sums: number,
  ): void
}

const DEPTH = 6
/** Nothing static lies in this kernel's memory but what the runtime keeps below. */
const FIRST_FREE = 1024

/** One model, and a table to be filled with up to `rowsMax` rows of features. */
export class TreeSums {
  /** Values by column, `rowsMax` a column. */
  readonly table: Int16Array
  private readonly kernel = instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
  private readonly sums: Int32Array
  private readonly leavesAt: number
  private readonly tableAt: number
  private readonly sumsAt: number

  /** @param rowsMax a multiple of 8 */
  constructor(
    private readonly model: TreeModel,
    private readonly rowsMax: number,
    columns: number,
  ) {
    const { trees, depth } = model
    if (depth !== DEPTH || rowsMax % 8 !== 0) throw new RangeError(`trees of depth ${depth}, tables of ${rowsMax} rows`)
    this.leavesAt = FIRST_FREE + trees * DEPTH * 4
    this.tableAt = this.leavesAt + trees * 2 ** DEPTH * 2
    this.sumsAt = this.tableAt + columns * rowsMax * 2
    const { memory } = this.kernel
    ensureMemory(memory, this.sumsAt + rowsMax * 4)
    const { buffer } = memory
    const questions = new Int16Array(buffer, FIRST_FREE, trees * DEPTH * 2)
    for (let i = 0; i < trees * DEPTH; i++) questions.set([model.columns[i] ?? 0, model.limits[i] ?? 0], 2 * i)
    new Int16Array(buffer, this.leavesAt).set(model.leaves)
    this.table = new Int16Array(buffer, this.tableAt, columns * rowsMax)
    this.sums = new Int32Array(buffer, this.sumsAt, rowsMax)
  }

  /** Log-odds times the model's scale of the first `rows` rows of the table; good until the next call. */
  run(rows: number): Int32Array {
    this.sums.fill(this.model.bias, 0, rows)
    const { kernel, leavesAt, tableAt, rowsMax, sumsAt } = this
    kernel.sumTrees(FIRST_FREE, leavesAt, this.model.trees, tableAt, rowsMax, rows, sumsAt)
    return this.sums.subarray(0, rows)
  }
}
