/**
 * The steps of training a tokenizer that run in parallel. Several tasks of one kind share a list of ranges: each takes the
 * next one when it is done with the one before, so that a word table is filled by many ranges before it is emptied.
 */
import { readSections, type SectionFile, SectionFileWriter } from '../io/section-file.js'
import type { WordSums } from '../kernels/word-count/index.js'
import type { SplitStep } from '../tokenizer/model.js'
import { textCutter } from '../tokenizer/pieces.js'
import { addSums, SECTIONS, WordCounter, WordMerger } from '../tokenizer/word-counts.js'
import { applyMerges, cutWords, type PhaseReply, type PhaseTask } from './tokenizer-phase-task.js'
import { DRAWS, drawOf, type MeasuredBytes, Selection, type Weight } from './tokenizer-selection.js'
import { linesOf, readTexts, type TextFields, type TextRange, type TextVisitor } from './tokenizer-text.js'

/** The texts that tasks share. */
export interface SharedTexts {
  readonly ranges: readonly TextRange[]
  readonly fields: TextFields
  readonly weights: readonly Weight[]
  /** Of the weights, for a budget. */
  readonly scale: number
  /** Two 64-bit numbers: the next range to be taken, and the bytes of those that are done. */
  readonly cursor: SharedArrayBuffer
}

export type TokenizerTask =
  | { readonly kind: 'measure'; readonly texts: SharedTexts }
  | {
      readonly kind: 'count'
      readonly texts: SharedTexts
      /** How texts are cut into words. */
      readonly split: readonly SplitStep[]
      readonly memoryBytes: number
      /** Files are named so, and a number. */
      readonly to: string
    }
  | {
      readonly kind: 'merge'
      readonly from: readonly SectionFile[]
      /** Sections [first, last). */
      readonly first: number
      readonly last: number
      readonly memoryBytes: number
      readonly to: string
    }
  | PhaseTask

export type TokenizerReply =
  | { readonly kind: 'measure'; readonly bytes: MeasuredBytes }
  | { readonly kind: 'count'; readonly files: readonly SectionFile[]; readonly counted: CountedTexts }
  | { readonly kind: 'merge'; readonly file: SectionFile; readonly sums: WordSums }
  | PhaseReply

export interface CountedTexts {
  readonly texts: number
  /** Pieces, each as often as its text counts. */
  readonly words: number
  readonly faults: readonly TextFault[]
  /** Keys of weights that a text has matched. */
  readonly matched: readonly string[]
}

/** Lines or rows of one file that were left out, or mended, for one reason. */
export interface TextFault {
  readonly file: string
  readonly code: string
  readonly count: number
  /** About the first of them. */
  readonly message: string
}

export async function runTokenizerTask(task: TokenizerTask): Promise<TokenizerReply> {
  if (task.kind === 'measure') return measure(task)
  if (task.kind === 'count') return count(task)
  if (task.kind === 'merge') return merge(task)
  return task.kind === 'apply' ? applyMerges(task) : cutWords(task)
}

type TaskOf<Kind extends TokenizerTask['kind']> = Extract<TokenizerTask, { kind: Kind }>

async function measure({ texts }: TaskOf<'measure'>): Promise<TokenizerReply> {
  const bytes = new Map<number, Float64Array>()
  const selection = new Selection(texts.weights, 1)
  const add = (weight: number, draw: number, size: number) => {
    let byDraw = bytes.get(weight)
    if (byDraw === undefined) {
      byDraw = new Float64Array(DRAWS)
      bytes.set(weight, byDraw)
    }
    byDraw[draw] += size
  }
  await eachRange(texts, (range) => ({
    text: (text, language, source, place) =>
      add(selection.weightOf(language, source), drawOf(range.name, place), Buffer.byteLength(text)),
    lines: (lines, source, place) => {
      const weight = selection.weightOf('', source)
      for (const [start, end] of linesOf(lines)) add(weight, drawOf(range.name, place + start), end - start)
    },
    fault: () => {},
  }))
  return { kind: 'measure', bytes }
}

async function count({ texts, split, memoryBytes, to }: TaskOf<'count'>): Promise<TokenizerReply> {
  const files: SectionFile[] = []
  let writer: SectionFileWriter | null = null
  const counter = new WordCounter(textCutter(split), memoryBytes, {
    begin: () => {
      writer = new SectionFileWriter(`${to}-${files.length}`)
    },
    take: (section, records) => writer?.write(section, records),
    end: () => {
      if (writer !== null) files.push(writer.finish(SECTIONS))
    },
  })
  const selection = new Selection(texts.weights, texts.scale)
  const faults = new Map<string, TextFault>()
  let counted = 0
  const add = (text: string, times: number) => {
    counted += times
    if (times > 0) counter.text(text, times)
  }
  const addLines = (lines: Uint8Array, times: number) => {
    counted += times * lineCount(lines)
    if (times > 0) counter.lines(lines, times)
  }
  await eachRange(texts, (range) => ({
    text: (text, language, source, place) =>
      add(
        text,
        selection.isPlain ? 1 : selection.copies(selection.weightOf(language, source), drawOf(range.name, place)),
      ),
    lines: (lines, source, place) => {
      if (selection.isPlain) return addLines(lines, 1)
      const weight = selection.weightOf('', source)
      for (const [start, end] of linesOf(lines)) {
        addLines(lines.subarray(start, end), selection.copies(weight, drawOf(range.name, place + start)))
      }
    },
    fault: (code, message) => {
      const key = `${code} ${range.path}`
      const { count, message: first } = faults.get(key) ?? { count: 0, message }
      faults.set(key, { file: range.path, code, count: count + 1, message: first })
    },
  }))
  const words = counter.finish()
  const matched = [...selection.matched]
  return { kind: 'count', files, counted: { texts: counted, words, faults: [...faults.values()], matched } }
}

function lineCount(lines: Uint8Array): number {
  let count = 0
  for (const _ of linesOf(lines)) count++
  return count
}

/** Takes ranges until there are no more. */
async function eachRange(
  { ranges, fields, cursor }: SharedTexts,
  visitorOf: (range: TextRange) => TextVisitor,
): Promise<void> {
  const shared = new BigInt64Array(cursor)
  for (;;) {
    const range = ranges[Number(Atomics.add(shared, 0, 1n))]
    if (range === undefined) return
    await readTexts(range, fields, visitorOf(range))
    Atomics.add(shared, 1, BigInt(range.sizeBytes))
  }
}

function merge({ from, first, last, memoryBytes, to }: TaskOf<'merge'>): TokenizerReply {
  const writer = new SectionFileWriter(to)
  const merger = new WordMerger(memoryBytes, (section, records) => writer.write(section, records))
  let sums: WordSums = { words: 0, bytes: 0, textBytes: 0 }
  for (let section = first; section < last; section++) {
    const read = (take: (bytes: Uint8Array) => number) => {
      for (const file of from) readSections(file, section, section + 1, take)
    }
    sums = addSums(sums, merger.merge(section, read))
  }
  merger.finish()
  return { kind: 'merge', file: writer.finish(SECTIONS), sums }
}
