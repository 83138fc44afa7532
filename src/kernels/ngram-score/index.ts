/**
 * n-gram scoring over the WASM kernel, for tables that lie in one shared memory, or in several when one can't hold them:
 * then `apart.ts` searches in the others. Each scorer takes SPACE_BYTES of each memory for good, so a thread makes one a model.
 */
import type { SharedMemory } from '../../stage/stage.js'
import { instantiateKernel, PAGE_BYTES } from '../load.js'
import { ApartSearch } from './apart.js'

/** Working space of a scorer: a block of words, and UNITS_MAX units of text. */
export const SPACE_BYTES = 2 * PAGE_BYTES
/** Units of text that are handed over at once. */
const UNITS_MAX = 2 ** 15
/** Tokens that are joined to one text at once. */
const TOKENS_MAX = 2 ** 10

/** Where the tables are in the first memory, in bytes, and what is in them; docs/formats.md has their layout. */
export interface NgramTables {
  readonly order: number
  readonly beginId: number
  readonly endId: number
  readonly unigramsAt: number
  readonly wordsAt: number
  readonly wordSlots: number
  /** The first segment; 0 when each has a memory of its own, where it begins at 0. */
  readonly ngramsAt: number
  readonly ngramSlots: number
  /** A power of two. */
  readonly segmentSlots: number
  /** From the beginning of one segment to that of the next, in one memory. */
  readonly segmentBytes: number
}

/** One sentence at a time: `begin`, text and words in any number, `end`. */
export interface NgramScorer {
  /** `report` receives log10 and the length of the longest n-gram found, for each token and the end. */
  begin(report?: (log10: number, ngramLength: number) => void): void
  /** Text whose tokens are what stands between ASCII white space. */
  addText(text: string): void
  /** Each is one token, whatever is in it. */
  addTokens(tokens: readonly string[]): void
  /** Sum of log10. */
  end(): number
  /** Of the sentence that has ended: its tokens and the end. */
  tokenCount(): number
  /** Of the sentence that has ended: tokens that the model lacks. */
  oovCount(): number
  /** Ends any sentence. */
  wordId(word: string): number
}

export interface Exports {
  readonly memory: SharedMemory
  setWords(unigramsAt: number, wordsAt: number, slots: number, begin: number, end: number): void
  setNgrams(order: number, at: number, slots: number, bits: number, segmentBytes: number, isApart: number): void
  setSpace(at: number): number
  openAt(): number
  keysAt(): number
  search(count: number): void
  begin(withReport: number): void
  addText(units: number): void
  isJoined(units: number, tokens: number): number
  addUnits(units: number): void
  endWord(): void
  end(): number
  tokens(): number
  unknownTokens(): number
  wordId(): number
}

/** @param memories one with all tables, or one with words and unigrams and then one a segment of the n-grams */
export function createNgramScorer([memory, ...segments]: readonly SharedMemory[], tables: NgramTables): NgramScorer {
  let report: (log10: number, ngramLength: number) => void = ignore
  const kernel = instantiate(memory, {
    report: (log10: number, ngramLength: number) => report(log10, ngramLength),
    searchApart: (count: number) => apart.search(count),
  })
  const { addText, addUnits } = kernel
  kernel.setWords(tables.unigramsAt, tables.wordsAt, tables.wordSlots, tables.beginId, tables.endId)
  kernel.setNgrams(
    tables.order,
    tables.ngramsAt,
    tables.ngramSlots,
    Math.log2(tables.segmentSlots),
    tables.segmentBytes,
    segments.length > 0 ? 1 : 0,
  )
  const unitsAt = takeSpace(kernel, memory)
  const units = Buffer.from(memory.buffer, unitsAt, 2 * UNITS_MAX)
  const apart = new ApartSearch(
    kernel,
    memory,
    segments.map((segment) => {
      const searcher = instantiate(segment, { report: ignore, searchApart: ignore })
      return { kernel: searcher, memory: segment, resultsAt: takeSpace(searcher, segment) }
    }),
  )

  function write(text: string): number {
    units.write(text, 0, 'utf16le')
    return text.length
  }

  function addToken(token: string): void {
    for (let at = 0; at < token.length; at += UNITS_MAX) addUnits(write(token.slice(at, at + UNITS_MAX)))
    kernel.endWord()
  }

  function addLong(text: string): void {
    for (let start = 0; start < text.length; ) {
      const end = pieceEnd(text, start)
      if (end - start <= UNITS_MAX) addText(write(text.slice(start, end)))
      else addToken(text.slice(start, end))
      start = end
    }
  }

  /** By one copy of their joined text, as reading units of strings one by one is slow. */
  function addJoined(tokens: readonly string[]): void {
    const text = tokens.join(' ')
    if (text.length <= UNITS_MAX) {
      const count = write(text)
      if (kernel.isJoined(count, tokens.length)) {
        addText(count)
        return
      }
    }
    // Too long, or a token is empty or has white space in it: then no model has it, but it counts.
    for (const token of tokens) addToken(token)
  }

  return {
    begin(reportTo) {
      report = reportTo ?? ignore
      kernel.begin(reportTo === undefined ? 0 : 1)
    },
    addText(text) {
      if (text.length <= UNITS_MAX) addText(write(text))
      else addLong(text)
    },
    addTokens(tokens) {
      if (tokens.length <= TOKENS_MAX) addJoined(tokens)
      else for (let i = 0; i < tokens.length; i += TOKENS_MAX) addJoined(tokens.slice(i, i + TOKENS_MAX))
    },
    end: kernel.end,
    tokenCount: kernel.tokens,
    oovCount: kernel.unknownTokens,
    wordId(word) {
      kernel.begin(0)
      for (let at = 0; at < word.length; at += UNITS_MAX) addUnits(write(word.slice(at, at + UNITS_MAX)))
      return kernel.wordId() >>> 0
    },
  }
}

function instantiate(memory: SharedMemory, env: Readonly<Record<string, unknown>>): Exports {
  return instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url), { ...env, memory })
}

/** Gives where text goes, and what `search` finds. */
function takeSpace(kernel: Exports, memory: SharedMemory): number {
  return kernel.setSpace(memory.grow(SPACE_BYTES / PAGE_BYTES) * PAGE_BYTES) >>> 0
}

/**
 * Where the next piece of a text ends: at its end, or at white space within UNITS_MAX units; a longer word is a piece of its
 * own.
 */
function pieceEnd(text: string, start: number): number {
  const last = start + UNITS_MAX
  if (last >= text.length) return text.length
  for (let end = last; end > start; end--) if (isSpace(text.charCodeAt(end))) return end
  if (isSpace(text.charCodeAt(start))) return start + 1
  let end = last
  while (end < text.length && !isSpace(text.charCodeAt(end))) end++
  return end
}

function isSpace(unit: number): boolean {
  return unit === 32 || (unit <= 13 && unit >= 9)
}

function ignore(): void {}
