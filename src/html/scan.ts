/**
 * A page as a flat tree: typed-array columns, a row a node in document order, no strings until one is asked for. The work is
 * done by the kernel in src/kernels/html, whose assembly.ts says what of the HTML standard it follows. Always over UTF-8: a
 * string is encoded first.
 */
import { HtmlKernel, type NamedAttribute } from '../kernels/html/index.js'
import { Columns } from './columns.js'
import { TAGS } from './tags.js'

export { NODES_MAX } from '../kernels/html/index.js'

/** Deeper elements become siblings; browsers cap at the same depth. */
export const DEPTH_MAX = 512

/**
 * Columns by node; row 0 is the document. `end` is the row after the node's last descendant. `from` and `to` are the range of
 * a text, or of an element's attributes, in `bytes`.
 */
export class FlatTree {
  /** Greatest depth that the markup asked for, before the cap. */
  readonly depth: number
  readonly truncated: boolean
  readonly count: number
  readonly tag: Uint8Array
  readonly parent: Int32Array
  readonly end: Int32Array
  readonly from: Int32Array
  readonly to: Int32Array
  /** Of texts, four words a node: see `Rows` of the kernel. */
  readonly measures: Int32Array
  /** Pairs of a node and a number for the value of one of its attributes, in order of nodes: see `flagsOfName`. */
  readonly names: Int32Array
  /** Zeros, for whoever works on the nodes. */
  readonly spare: readonly [Uint16Array, Uint16Array, Int32Array]

  constructor(
    private readonly kernel: HtmlKernel,
    /** The page in UTF-8, without a byte order mark. */
    readonly bytes: Buffer,
    /** For whoever works on the tree; lent as the tree is. */
    readonly columns: Columns,
  ) {
    const rows = kernel.scan(bytes.length)
    this.depth = rows.depth
    this.truncated = rows.truncated
    this.count = rows.count
    this.tag = rows.tag
    this.parent = rows.parent
    this.end = rows.end
    this.from = rows.from
    this.to = rows.to
    this.measures = rows.measures
    this.names = rows.names
    this.spare = rows.spare
  }

  /** The characters of a range of bytes, decoded. */
  slice(from: number, to: number): string {
    return this.bytes.toString('utf8', from, to)
  }

  /** What `flagsOf` says of a value in `names`; it is asked once for each value, not for each page. */
  flagsOfName(name: number, flagsOf: (attribute: NamedAttribute, value: string) => number): number {
    return this.kernel.flagsOfEntry(name, flagsOf)
  }

  /** Steps that scanning took. */
  get work(): number {
    return this.kernel.work
  }

  /** Gives the kernel back, unless it holds much memory: one giant page is not to hold it for the rest of a run. */
  release(): void {
    if (this.kernel.memoryBytes <= KEPT_BYTES_MAX) spare = this.kernel
    this.columns.reset()
    spareColumns = this.columns
  }
}

const KEPT_BYTES_MAX = 64 * 2 ** 20

let spare: HtmlKernel | null = null
let spareColumns: Columns | null = null

/** Scans a page: UTF-8 or a string. The tree is lent: give it back with `release` once nothing refers to it. */
export function scan(page: Uint8Array | string): FlatTree {
  const kernel = spare ?? new HtmlKernel(TAGS)
  const columns = spareColumns ?? new Columns()
  spare = spareColumns = null
  return new FlatTree(kernel, kernel.load(page), columns)
}

export function release(tree: FlatTree): void {
  tree.release()
}
