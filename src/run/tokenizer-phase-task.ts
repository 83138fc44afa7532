/** The parallel steps of a phase (`tokenizer-phases.ts`). Tasks of one step share a list of files, as those of counting do. */
import { rmSync } from 'node:fs'
import { readSections, type SectionFile, SectionFileWriter } from '../io/section-file.js'
import { type NewMerges, type TokenTables, WordFragments } from '../kernels/word-fragments/index.js'
import { addToCells, hotCells, thresholdFor } from '../tokenizer/train-phases.js'

interface PhaseStep {
  readonly files: readonly SectionFile[]
  /** The next of the files to be taken, and whether a task is adding to the cells. */
  readonly cursor: SharedArrayBuffer
  readonly tokens: TokenTables
  readonly cells: SharedArrayBuffer
}

export type PhaseTask =
  | (PhaseStep & {
      readonly kind: 'apply'
      readonly merges: NewMerges
      readonly from: 'bytes' | 'symbols'
      readonly isLast: boolean
      readonly to: string
    })
  | (PhaseStep & {
      readonly kind: 'cut'
      readonly threshold: number
      readonly tableBytes: number
      /** Of the fragments: what can be learned from at once. */
      readonly recordBytesMax: number
      readonly to: string
    })

export type PhaseReply =
  | {
      readonly kind: 'apply'
      readonly files: readonly SectionFile[]
      readonly used: Float64Array
      readonly seen: Uint8Array
    }
  | { readonly kind: 'cut'; readonly files: readonly SectionFile[]; readonly threshold: number }

/** Shared by the tasks of one step. */
export function phaseCursor(): SharedArrayBuffer {
  return new SharedArrayBuffer(8)
}

function* nextFiles({ files, cursor }: PhaseStep): Generator<SectionFile & { readonly number: number }, void, void> {
  const shared = new Int32Array(cursor)
  for (;;) {
    const number = Atomics.add(shared, 0, 1)
    if (number >= files.length) return
    yield { ...files[number], number }
  }
}

const SECTION = 0
/** Of the cells that reach a threshold, when it is raised. */
const HOT_CELLS_LEFT = 0.6

/** Writes the words with the merges applied, and adds their pairs to the cells. What was read is removed. */
export function applyMerges(task: Extract<PhaseTask, { kind: 'apply' }>): PhaseReply {
  const { tokens, merges, from, isLast, to } = task
  const kernel = new WordFragments(tokens, merges.lefts.length, cellBits(task.cells), 0)
  kernel.setMerges(merges)
  const files: SectionFile[] = []
  for (const file of nextFiles(task)) {
    const writer = new SectionFileWriter(`${to}-${file.number}`)
    const take = (records: Uint8Array) => writer.write(SECTION, records)
    readSections(file, 0, file.starts.length - 1, (bytes) => kernel.apply(bytes, from, isLast, take))
    files.push(writer.finish(1))
    rmSync(file.path)
  }
  locked(task.cursor, () => addToCells(new Uint32Array(task.cells), kernel.cells()))
  const [used, seen] = [kernel.used(), kernel.seen()]
  kernel.release()
  return { kind: 'apply', files, used, seen }
}

/** Cuts the words into fragments, and writes these with their counts. */
export function cutWords(task: Extract<PhaseTask, { kind: 'cut' }>): PhaseReply {
  const cutter = new FragmentCutter(task)
  for (const file of nextFiles(task)) cutter.add(file)
  return { kind: 'cut', ...cutter.finish() }
}

/** Counts fragments in a table; when they are too many, the threshold is raised, and what has been counted is cut again. */
class FragmentCutter {
  private readonly kernel: WordFragments
  private readonly again: SectionFile[] = []
  private readonly long: Uint8Array[] = []
  private written = 0

  private threshold: number

  constructor(private readonly task: Extract<PhaseTask, { kind: 'cut' }>) {
    this.threshold = task.threshold
    this.kernel = new WordFragments(task.tokens, 0, cellBits(task.cells), task.tableBytes)
    this.kernel.setMerges({ firstSymbol: 0, lefts: new Uint32Array(0), rights: new Uint32Array(0) })
    this.kernel.setHot(new Uint32Array(task.cells), this.threshold)
  }

  add(file: SectionFile): void {
    readSections(file, 0, file.starts.length - 1, (bytes) =>
      this.kernel.cut(bytes, {
        onFull: () => this.full(),
        onLong: (record) => this.long.push(record.slice()),
      }),
    )
    this.addAgain()
  }

  finish(): { readonly files: SectionFile[]; readonly threshold: number } {
    let file = this.write()
    while (file.starts[1] > this.task.recordBytesMax) {
      this.again.push(file)
      this.raise()
      this.addAgain()
      file = this.write()
    }
    this.kernel.release()
    return { files: [file], threshold: this.threshold }
  }

  private full(): void {
    this.again.push(this.write())
    this.raise()
  }

  /** To where fewer cells reach it. */
  private raise(): void {
    const cells = new Uint32Array(this.task.cells)
    const hotMax = Math.floor(hotCells(cells, this.threshold) * HOT_CELLS_LEFT)
    this.threshold = Math.max(this.threshold + 1, thresholdFor(cells, hotMax))
    this.kernel.setHot(cells, this.threshold)
  }

  private addAgain(): void {
    for (let early = this.again.pop(); early; early = this.again.pop()) {
      this.add(early)
      rmSync(early.path)
    }
  }

  private write(): SectionFile {
    const writer = new SectionFileWriter(`${this.task.to}-${this.written++}`)
    this.kernel.takeOut((_, records) => writer.write(SECTION, records))
    for (const record of this.long.splice(0)) writer.write(SECTION, record)
    return writer.finish(1)
  }
}

function cellBits(cells: SharedArrayBuffer): number {
  return Math.log2(cells.byteLength / 4)
}

/** One task at a time; the others sleep. */
function locked(cursor: SharedArrayBuffer, work: () => void): void {
  const lock = new Int32Array(cursor, 4)
  while (Atomics.compareExchange(lock, 0, 0, 1) !== 0) Atomics.wait(lock, 0, 1)
  try {
    work()
  } finally {
    Atomics.store(lock, 0, 0)
    Atomics.notify(lock, 0, 1)
  }
}
