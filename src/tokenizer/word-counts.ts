/**
 * Counts the words of texts, a word being what the pre-tokenizer cuts: in a table of bounded size that is emptied into
 * sections by hash whenever it is full, and summed up section by section afterwards. However often it was emptied, and
 * whoever counted what, the sums are the same; counts are exact to 2^53.
 */
import type { ScannerCodes } from '../kernels/pretokens/index.js'
import { eachRecord, PARTITIONS, type TakeRecords, type WordSums, WordTable } from '../kernels/word-count/index.js'

/** How words are found: by a scanner of the kernel, or by whoever says where in the UTF-8 of a text pieces end. */
export type WordSplit = ScannerCodes | ((text: string) => Uint32Array)

/** Words too long for a table have a section of their own behind those by hash. */
const LONG_SECTION = PARTITIONS
export const SECTIONS = PARTITIONS + 1

/** Where a table is emptied to: `take` gets records in ascending order of their sections. */
export interface WordSpill {
  begin(): void
  readonly take: TakeRecords
  end(): void
}

export class WordCounter {
  private readonly table: WordTable
  private long: Uint8Array[] = []
  private longBytes = 0
  private longWords = 0

  constructor(
    private readonly split: WordSplit,
    memoryBytes: number,
    private readonly spill: WordSpill,
  ) {
    this.table = new WordTable(memoryBytes, false, {
      onFull: () => this.empty(),
      onLong: (record) => {
        this.long.push(record.slice())
        this.longBytes += record.length
        eachRecord(record, (_start, _end, count) => {
          this.longWords += count
        })
        if (this.longBytes > memoryBytes / 4) this.empty()
      },
    })
  }

  /** A text that counts so many times. */
  text(text: string, count: number): void {
    if (typeof this.split === 'function') this.table.addPieces(text, this.split(text), count)
    else this.table.addText(text, this.split, count)
  }

  /** Well-formed UTF-8 of which each line, its LF included, is a text. */
  lines(lines: Uint8Array, count: number): void {
    if (typeof this.split !== 'function') this.table.addLines(lines, this.split, count)
    else for (const line of textLines(lines)) this.text(line, count)
  }

  /** The words that were counted, with repeats. */
  finish(): number {
    if (this.table.size > 0 || this.long.length > 0) this.empty()
    this.table.release()
    return this.table.countSum + this.longWords
  }

  private empty(): void {
    this.spill.begin()
    this.table.takeOut(this.spill.take)
    for (const record of this.long) this.spill.take(LONG_SECTION, record)
    this.long = []
    this.longBytes = 0
    this.spill.end()
  }
}

function* textLines(bytes: Uint8Array): Generator<string, void, void> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf(0x0a, start)
    const end = feed === -1 ? text.length : feed + 1
    yield text.toString('utf8', start, end)
    start = end
  }
}

/** Gives the records of one section, as often as it is called: in stretches, of which `take` says how much it has used. */
export type ReadSection = (take: (bytes: Uint8Array) => number) => void

/** Sums up the words of sections, one section after the other. */
export class WordMerger {
  private readonly table: WordTable
  private isFull = false
  private long: WordSums = { words: 0, bytes: 0, textBytes: 0 }

  /** @param take gets each distinct word once, but words too long for a table as often as they come */
  constructor(
    memoryBytes: number,
    private readonly take: TakeRecords,
  ) {
    this.table = new WordTable(memoryBytes, true, {
      onFull: () => {
        this.isFull = true
        this.table.clear()
      },
      onLong: (record) => {
        take(LONG_SECTION, record)
        eachRecord(record, (start, end, count) => {
          this.long = addSums(this.long, { words: 1, bytes: end - start, textBytes: (end - start) * count })
        })
      },
    })
  }

  finish(): void {
    this.table.release()
  }

  merge(section: number, read: ReadSection): WordSums {
    this.long = { words: 0, bytes: 0, textBytes: 0 }
    return addSums(this.mergePart(section, read, 0, 1), this.long)
  }

  /** The words of a part, by hash; in halves where they are too many for the table. */
  private mergePart(section: number, read: ReadSection, part: number, parts: number): WordSums {
    this.isFull = false
    read((bytes) => (this.isFull ? bytes.length : this.table.addRecords(bytes, part, parts)))
    if (!this.isFull) return this.table.takeOut((_, records) => this.take(section, records))
    this.table.clear()
    const first = this.mergePart(section, read, part, parts * 2)
    return addSums(first, this.mergePart(section, read, part + parts, parts * 2))
  }
}

export function addSums(a: WordSums, b: WordSums): WordSums {
  return { words: a.words + b.words, bytes: a.bytes + b.bytes, textBytes: a.textBytes + b.textBytes }
}
