/**
 * Pre-tokenization: which pieces of a text byte-pair encoding works on. The patterns as regular expressions, the classes of
 * code points that they need, and the scanner over the WASM kernel. Kernels with scanners of their own import assembly.ts.
 *
 * Sources: GPT-2's encoder.py; tiktoken 0.14.0 `openai_public.py` (cl100k_base, o200k_base); Llama 3's tokenizer.py. As
 * tiktoken's, `cl100k` takes white space at the very end of a text whole; Llama 3's older spelling (that of Hugging Face
 * files too) cuts it behind the last line break.
 */
import { ensureMemory, instantiateKernel, type KernelMemory } from '../load.js'
import { CATEGORIES, CATEGORY_RUNS } from './unicode-16.js'

export const PATTERNS = ['gpt2', 'cl100k', 'llama3', 'o200k', 'none'] as const
/** `none`: the whole text is one piece. */
export type Pattern = (typeof PATTERNS)[number]

/** `own`: as the pattern has it. Otherwise digits stand alone, without a space before them: one by one, or up to three. */
export const DIGITS = ['own', 'one', 'three'] as const
export type Digits = (typeof DIGITS)[number]

/** A pattern as the kernels take it: the arguments `pattern` and `digits` of `pieceEnd`. */
export interface ScannerCodes {
  readonly pattern: number
  readonly digits: number
}

export function scannerCodes(pattern: Pattern, digits: Digits = 'own'): ScannerCodes {
  const own = pattern === 'gpt2' ? 0 : 3
  return { pattern: PATTERNS.indexOf(pattern), digits: digits === 'own' ? own : digits === 'one' ? 1 : 3 }
}

const CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const WHITE = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]'
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]'
const PREFIX = '[^\\r\\n\\p{L}\\p{N}]?'

/** The pattern as Hugging Face's and tiktoken's regular expressions spell it; '' for `none`. */
export function patternSource(pattern: Pattern, digits: Digits = 'own'): string {
  const { digits: most } = scannerCodes(pattern, digits)
  const numbers = most === 0 ? ' ?\\p{N}+' : most === 1 ? '\\p{N}' : '\\p{N}{1,3}'
  switch (pattern) {
    case 'gpt2':
      return `'(?:[sdmt]|ll|ve|re)| ?\\p{L}+|${numbers}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+`
    case 'cl100k':
      return `'(?i:[sdmt]|ll|ve|re)|${PREFIX}\\p{L}+|${numbers}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s+(?![\\s\\S])|\\s*[\\r\\n]|\\s+(?!\\S)|\\s`
    case 'llama3':
      return `${CONTRACTION}|${PREFIX}\\p{L}+|${numbers}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${WHITE}`
    case 'o200k':
      return `${PREFIX}${UPPER}*${LOWER}+${CONTRACTION}?|${PREFIX}${UPPER}+${LOWER}*${CONTRACTION}?|${numbers}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${WHITE}`
    case 'none':
      return ''
  }
}

// ---- the class of each code point, as assembly.ts names them ----

/** The table's place is the first bytes of a kernel's memory. */
export const CLASS_TABLE_BYTES = 0x110000

const [IS_WHITE, IS_NEWLINE, IS_NUMBER, IS_UPPER, IS_LOWER, IS_CASELESS, IS_MARK, IS_OTHER] = [
  1, 2, 4, 8, 16, 32, 64, 128,
]

/** White_Space beyond the separators (general category Z). */
const WHITE_CONTROLS = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x85]

let table: Uint8Array | null = null

/** One byte a code point; made once a thread. */
export function classTable(): Uint8Array {
  table ??= makeClassTable()
  return table
}

function makeClassTable(): Uint8Array {
  const classes = new Uint8Array(CLASS_TABLE_BYTES)
  for (const { category, start, end } of categoryRuns()) classes.fill(classOfCategory(category), start, end)
  for (const code of WHITE_CONTROLS) classes[code] = IS_WHITE
  classes[0x0a] |= IS_NEWLINE
  classes[0x0d] |= IS_NEWLINE
  return classes
}

function classOfCategory(category: string): number {
  if (category === 'Lu' || category === 'Lt') return IS_UPPER
  if (category === 'Ll') return IS_LOWER
  const kinds: Readonly<Record<string, number>> = { L: IS_CASELESS, N: IS_NUMBER, M: IS_MARK, Z: IS_WHITE }
  return kinds[category.slice(0, 1)] ?? IS_OTHER
}

export interface CategoryRun {
  /** As `Lu`. */
  readonly category: string
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

/** The general categories of all code points, in order. */
export function* categoryRuns(): Generator<CategoryRun, void, void> {
  let start = 0
  for (const [, letter, length] of CATEGORY_RUNS.matchAll(/([^0-9a-z])([0-9a-z]*)/g)) {
    const code = letter.charCodeAt(0)
    const end = start + (length === '' ? 1 : Number.parseInt(length, 36))
    yield { category: CATEGORIES[code - 0x40 - (code > 0x5c ? 1 : 0)], start, end }
    start = end
  }
}

// ---- the scanner on its own ----

/** Where each piece of a text ends, in bytes of its UTF-8. Valid until the next call. */
export type PieceEnds = (text: string) => Uint32Array

interface Exports {
  readonly memory: KernelMemory
  scan(pattern: number, digits: number, at: number, end: number, ends: number): number
}

export function createPretokenizer(codes: ScannerCodes): PieceEnds {
  const scan = createByteScanner(codes)
  const encoder = new TextEncoder()
  return (text) => scan(encoder.encode(text))
}

/** Where each piece of well-formed UTF-8 ends. The result is valid until the next call. */
export function createByteScanner({ pattern, digits }: ScannerCodes): (bytes: Uint8Array) => Uint32Array {
  const { memory, scan } = instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
  ensureMemory(memory, CLASS_TABLE_BYTES)
  new Uint8Array(memory.buffer).set(classTable())
  return (bytes) => {
    const end = CLASS_TABLE_BYTES + bytes.length
    const endsAt = (end + 8) & ~3
    ensureMemory(memory, endsAt + bytes.length * 4)
    new Uint8Array(memory.buffer, CLASS_TABLE_BYTES).set(bytes)
    return new Uint32Array(memory.buffer, endsAt, scan(pattern, digits, CLASS_TABLE_BYTES, end, endsAt))
  }
}

/** Whether the character that starts at `at` is a number (general category N). */
export function isNumberAt(bytes: Uint8Array, at: number): boolean {
  return (classTable()[codePointAt(bytes, at)] & IS_NUMBER) !== 0
}

/** The character that starts at `at` of well-formed UTF-8. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]
  if (first < 0x80) return first
  const second = bytes[at + 1] & 0x3f
  if (first < 0xe0) return ((first & 0x1f) << 6) | second
  const third = bytes[at + 2] & 0x3f
  if (first < 0xf0) return ((first & 0xf) << 12) | (second << 6) | third
  return ((first & 7) << 18) | (second << 12) | (third << 6) | (bytes[at + 3] & 0x3f)
}
