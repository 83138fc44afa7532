/**
 * Scores documents in batches: gathers rows of many documents, packs them by length so that little is padding, and hands
 * the numbers back to each document. What the runner does a shard and `millrace apply` does a stream.
 *
 * Batches form from the documents in their order and from nothing else, so that the same documents give the same batches
 * and thereby the same last digits, whatever the workers and the load.
 */
import type { Document } from '../document/document.js'
import type { BatchBudget, BatchScorer, Device, DeviceRow } from './stage.js'

/** Batches are cut from this many batches' worth of cells: enough to find rows of like length. */
const WINDOW_BATCHES = 32

/** Documents that a window holds, also where they have no rows. */
const DOCUMENTS_MAX = 8192

export interface BatchResults {
  score(document: Document, score: Uint8Array): void
  /** A document that the scorer failed on. */
  failed(document: Document, error: unknown): void
}

/** Resolves when all of `documents` are scored. Results come in the documents' order. */
export async function scoreInBatches(
  documents: Iterable<Document>,
  scorer: BatchScorer,
  budget: BatchBudget,
  compute: Device['compute'],
  results: BatchResults,
): Promise<void> {
  let window = new Window(scorer, budget)
  // The next window is prepared while the device works on this one.
  let computing: Promise<void> = Promise.resolve()
  const finish = async (full: Window) => {
    const before = computing
    computing = before.then(() => full.compute(compute)).then(() => full.giveBack(results))
    computing.catch(() => {}) // told where it is awaited, which an earlier failure may keep from coming
    await before
  }
  for (const document of documents) {
    window.add(document)
    if (!window.isFull) continue
    const full = window
    window = new Window(scorer, budget)
    await finish(full)
  }
  await finish(window)
  await computing
}

interface Entry {
  readonly document: Document
  readonly rows: readonly DeviceRow[]
  readonly numbers: Float32Array[]
  readonly error: unknown
}

interface PlacedRow {
  readonly entry: Entry
  readonly index: number
  readonly length: number
}

class Window {
  private readonly entries: Entry[] = []
  private cells = 0
  private rowCount = 0

  constructor(
    private readonly scorer: BatchScorer,
    private readonly budget: BatchBudget,
  ) {}

  get isFull(): boolean {
    const { cellsMax, rowsMax } = this.budget
    const isLong = this.entries.length >= DOCUMENTS_MAX
    return isLong || this.cells >= cellsMax * WINDOW_BATCHES || this.rowCount >= rowsMax * WINDOW_BATCHES
  }

  add(document: Document): void {
    try {
      const rows = this.scorer.rows(document)
      this.entries.push({ document, rows, numbers: [], error: undefined })
      for (const row of rows) this.cells += row.length
      this.rowCount += rows.length
    } catch (error) {
      this.entries.push({ document, rows: [], numbers: [], error: error ?? new Error('the scorer threw nothing') })
    }
  }

  /** Asks for all batches at once, so that the device never waits for a worker that is busy preparing the next window. */
  async compute(compute: Device['compute']): Promise<void> {
    const batches = packRows(this.placedRows(), this.budget)
    await Promise.all(
      batches.map(async (batch) => {
        const numbers = await compute(batch.map(({ entry, index }) => entry.rows[index]))
        if (numbers.length !== batch.length) {
          throw new Error(`expected numbers for ${batch.length} rows, got ${numbers.length}`)
        }
        batch.forEach(({ entry, index }, at) => {
          entry.numbers[index] = numbers[at]
        })
      }),
    )
  }

  giveBack(results: BatchResults): void {
    for (const { document, rows, numbers, error } of this.entries) {
      if (error !== undefined) results.failed(document, error)
      else if (rows.length > 0) {
        try {
          results.score(document, this.scorer.score(document, rows, numbers))
        } catch (thrown) {
          results.failed(document, thrown)
        }
      }
    }
  }

  private placedRows(): PlacedRow[] {
    return this.entries.flatMap((entry) => entry.rows.map((row, index) => ({ entry, index, length: row.length })))
  }
}

/** Longest first, so that a budget that is too large for the device shows at once; equal lengths stay in order. */
function packRows(rows: readonly PlacedRow[], { cellsMax, rowsMax }: BatchBudget): PlacedRow[][] {
  const batches: PlacedRow[][] = []
  let batch: PlacedRow[] = []
  for (const row of [...rows].sort((a, b) => b.length - a.length)) {
    const longest = batch[0]?.length ?? row.length
    if (batch.length > 0 && (batch.length >= rowsMax || (batch.length + 1) * longest > cellsMax)) {
      batches.push(batch)
      batch = []
    }
    batch.push(row)
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}
