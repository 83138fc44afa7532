/** Clusters of near-duplicates by size, from the signals of their survivors. */
import type { Verdict } from '../formats/arrow/verdicts.js'

export interface StageClusters {
  readonly stage: string
  /** Clusters with at least 2, 3, 5, 9, 17 … documents and fewer than the next. */
  readonly bySize: readonly { readonly sizeMin: number; readonly clusters: number; readonly documents: number }[]
  /** The largest ones, by the id of the document that stayed. */
  readonly largest: readonly { readonly id: string; readonly size: number }[]
}

const SIGNAL = '.clusterSize'
const LARGEST_SHOWN = 10

export class ClusterCounter {
  private readonly sizes = new Map<number, { clusters: number; documents: number }>()
  private largest: { id: string; size: number }[] = []

  /** @param column the stage's signal `clusterSize` */
  private constructor(
    readonly stage: string,
    private readonly column: string,
  ) {}

  /** One for each stage that makes clusters, by its columns. */
  static of(columns: readonly { readonly name: string }[]): ClusterCounter[] {
    const named = columns.filter(({ name }) => name.endsWith(SIGNAL))
    return named.map(({ name }) => new ClusterCounter(name.slice(0, -SIGNAL.length), name))
  }

  /** Survivors count for their cluster; those that the stage dropped do not. */
  add({ id, stage, signals }: Verdict): void {
    const size = signals[this.column]
    if (typeof size !== 'number' || stage === this.stage) return
    const sizeMin = size <= 2 ? 2 : 2 ** Math.floor(Math.log2(size - 1)) + 1
    const tally = this.sizes.get(sizeMin) ?? { clusters: 0, documents: 0 }
    tally.clusters++
    tally.documents += size
    this.sizes.set(sizeMin, tally)
    if (this.largest.length === LARGEST_SHOWN && size <= (this.largest.at(-1)?.size ?? 0)) return
    this.largest.push({ id, size })
    this.largest.sort((a, b) => b.size - a.size)
    this.largest.length = Math.min(this.largest.length, LARGEST_SHOWN)
  }

  /** Null where no cluster was made. */
  result(): StageClusters | null {
    if (this.sizes.size === 0) return null
    const bySize = [...this.sizes].sort(([a], [b]) => a - b).map(([sizeMin, tally]) => ({ sizeMin, ...tally }))
    return { stage: this.stage, bySize, largest: this.largest }
  }
}
