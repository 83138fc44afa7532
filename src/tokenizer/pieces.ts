/** Cuts UTF-8 into the pieces that are encoded one by one: a kernel's scanner where that is all, else step by step. */
import {
  codePointAt,
  createByteScanner,
  isNumberAt,
  type ScannerCodes,
  scannerCodes,
} from '../kernels/pretokens/index.js'
import { createMatcher } from './matcher/matcher.js'
import type { SplitStep } from './model.js'

/**
 * Cuts the bytes [start, end), which begin and end between characters: `emit` gets where each piece ends. Gives the place
 * before which the cuts stay the same however the text goes on; it is such a cut, or `start`.
 */
export type Cut = (bytes: Uint8Array, start: number, end: number, emit: (end: number) => void) => number

/** Where pieces end. With `isLast` false only those that stay when the text goes on. */
export type PieceCutter = (bytes: Uint8Array, isLast: boolean) => Uint32Array

export function cutterOf(steps: readonly SplitStep[]): ScannerCodes | PieceCutter {
  if (steps.length === 0) return scannerCodes('none')
  if (steps.length === 1 && steps[0].kind === 'scanner') return scannerCodes(steps[0].pattern, steps[0].digits)
  const cuts = steps.map(cutOf)
  return (bytes, isLast) => {
    const ends: number[] = []
    const first: number[] = []
    const settled = cuts[0](bytes, 0, bytes.length, (end) => first.push(end))
    let start = 0
    for (const end of first) {
      if (!isLast && end > settled) break
      cutAgain(cuts, 1, bytes, start, end, ends)
      start = end
    }
    return Uint32Array.from(ends)
  }
}

/** As the word counter wants it: where pieces end in the UTF-8 of a text. */
export function textCutter(steps: readonly SplitStep[]): ScannerCodes | ((text: string) => Uint32Array) {
  const cut = cutterOf(steps)
  if (typeof cut !== 'function') return cut
  const encoder = new TextEncoder()
  return (text) => cut(encoder.encode(text), true)
}

function cutAgain(
  cuts: readonly Cut[],
  from: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  ends: number[],
): void {
  if (from === cuts.length) {
    ends.push(end)
    return
  }
  let at = start
  cuts[from](bytes, start, end, (to) => {
    cutAgain(cuts, from + 1, bytes, at, to, ends)
    at = to
  })
}

function cutOf(step: SplitStep): Cut {
  switch (step.kind) {
    case 'scanner':
      return scannerCut(scannerCodes(step.pattern, step.digits))
    case 'digits':
      return digitsCut(step.individually)
    case 'regex':
      return createMatcher(step.source)
  }
}

function scannerCut(codes: ScannerCodes): Cut {
  const scan = createByteScanner(codes)
  return (bytes, start, end, emit) => {
    const ends = scan(bytes.subarray(start, end)).slice() // the scanner may serve a later step too
    for (const to of ends) emit(start + to)
    return ends.length < 3 ? start : start + ends[ends.length - 3] // the last two may change
  }
}

/** Hugging Face's Digits goes by Rust's own tables: in tokenizers 0.23.3 those of Unicode 17, which has these numbers more. */
function isNewNumber(code: number): boolean {
  return (code >= 0x11de0 && code <= 0x11de9) || (code >= 0x16ff4 && code <= 0x16ff6)
}

function digitsCut(individually: boolean): Cut {
  return (bytes, start, end, emit) => {
    let pieceStart = start
    let wasNumber = false
    for (let at = start; at < end; ) {
      const first = bytes[at]
      const isNumber = isNumberAt(bytes, at) || isNewNumber(codePointAt(bytes, at))
      if (at > pieceStart && (isNumber !== wasNumber || (isNumber && individually))) {
        emit(at)
        pieceStart = at
      }
      wasNumber = isNumber
      at += first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    }
    if (end > start) emit(end)
    return pieceStart
  }
}
