/**
 * Token hashes over the WASM kernel; same function as `reference.ts`, bit for bit. A text goes through in pieces that stay in
 * the processor's cache, so memory does not grow with it.
 */
import { ensureMemory, instantiateKernel, type KernelMemory } from '../load.js'
import type { CharacterTable, ScanTokens, TokenHashes } from './reference.js'

/** Units of text a piece. */
export const PIECE_UNITS = 2 ** 15
const TABLE_BYTES = 4 * 65536
const SPELLINGS_MAX = 65536
/** Of all spellings together; Unicode 16 has 40,000, most of them Hangul. */
const SPELLING_UNITS_MAX = 2 ** 18

interface Exports {
  readonly memory: KernelMemory
  setTables(astralAt: number, spellingEndsAt: number, spellingsAt: number): void
  setAstral(): void
  begin(): void
  /** 0: a pair was met and there is no astral table yet. */
  scan(text: number, units: number, base: number, startsAt: number, prefixesAt: number, isLast: number): number
  starts(): number
  prefixes(): number
}

export function createTokenScanner(table: CharacterTable): ScanTokens {
  const kernel = instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
  const { memory, scan } = kernel
  const astralAt = TABLE_BYTES
  const spellingEndsAt = astralAt + TABLE_BYTES
  const spellingsAt = spellingEndsAt + 4 * (SPELLINGS_MAX + 1)
  const textAt = (spellingsAt + 2 * SPELLING_UNITS_MAX + 15) & ~15
  const startsAt = textAt + 2 * PIECE_UNITS
  const prefixesAt = startsAt + 4 * PIECE_UNITS
  // A word may be closed in the piece behind the one that it started in: one more prefix than units.
  ensureMemory(memory, prefixesAt + 4 * (PIECE_UNITS + 1))
  const text = Buffer.from(memory.buffer, textAt, 2 * PIECE_UNITS)
  const starts = new Int32Array(memory.buffer, startsAt, PIECE_UNITS)
  const prefixes = new Int32Array(memory.buffer, prefixesAt, PIECE_UNITS + 1)
  new Uint32Array(memory.buffer, 0, table.units.length).set(table.units)
  setSpellings()
  kernel.setTables(astralAt, spellingEndsAt, spellingsAt)

  function setSpellings(): void {
    const ends = new Uint32Array(memory.buffer, spellingEndsAt, SPELLINGS_MAX + 1)
    const units = new Uint16Array(memory.buffer, spellingsAt, SPELLING_UNITS_MAX)
    let end = 0
    for (const [number, spelling] of table.spellings.entries()) {
      units.set(spelling, end)
      end += spelling.length
      ends[number + 1] = end
    }
  }

  function setAstral(): void {
    new Uint32Array(memory.buffer, astralAt, TABLE_BYTES / 4).set(table.astral())
    setSpellings()
    kernel.setAstral()
  }

  /** False when the text has to be begun again. */
  function scanAll(whole: string, tokens: TokenHashes): boolean {
    kernel.begin()
    tokens.count = 0
    let startCount = 0
    for (let base = 0, end = 0; base < whole.length; base = end) {
      end = pieceEnd(whole, base)
      const piece = end - base === whole.length ? whole : whole.slice(base, end)
      text.write(piece, 0, 'utf16le')
      if (scan(textAt, end - base, base, startsAt, prefixesAt, Number(end === whole.length)) === 0) return false
      const [newStarts, newPrefixes] = [kernel.starts(), kernel.prefixes()]
      tokens.reserve(startCount + newStarts)
      tokens.starts.set(starts.subarray(0, newStarts), startCount)
      tokens.prefix.set(prefixes.subarray(0, newPrefixes), tokens.count + 1)
      startCount += newStarts
      tokens.count += newPrefixes
    }
    return true
  }

  return (whole, tokens) => {
    if (scanAll(whole, tokens)) return
    setAstral()
    scanAll(whole, tokens)
  }
}

/** Never between the halves of a pair. */
function pieceEnd(text: string, start: number): number {
  const end = start + PIECE_UNITS
  if (end >= text.length) return text.length
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last < 0xdc00 ? end - 1 : end
}
