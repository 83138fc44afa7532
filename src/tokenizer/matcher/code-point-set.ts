/** Sets of code points as sorted ranges, and those that regular expressions name: categories, scripts, \s, \d. */
import { categoryRuns } from '../../kernels/pretokens/index.js'
import { CATEGORIES, SCRIPT_RUNS } from '../../kernels/pretokens/unicode-16.js'

/** Start and end (exclusive) of each range in turn, ascending, not touching. */
export type CodePointSet = readonly number[]

const ALL_END = 0x110000
export const EVERYTHING: CodePointSet = [0, ALL_END]
/** Unicode's White_Space. */
export const WHITE_SPACE: CodePointSet = union([
  [0x09, 0x0e, 0x20, 0x21, 0x85, 0x86, 0xa0, 0xa1, 0x1680, 0x1681, 0x2000, 0x200b, 0x2028, 0x202a, 0x202f, 0x2030],
  [0x205f, 0x2060, 0x3000, 0x3001],
])

export function single(code: number): CodePointSet {
  return [code, code + 1]
}

export function union(sets: readonly CodePointSet[]): CodePointSet {
  const ranges: [number, number][] = []
  for (const set of sets) for (let i = 0; i < set.length; i += 2) ranges.push([set[i], set[i + 1]])
  ranges.sort((a, b) => a[0] - b[0])
  const out: number[] = []
  for (const [start, end] of ranges) {
    if (out.length > 0 && start <= out[out.length - 1]) out[out.length - 1] = Math.max(out[out.length - 1], end)
    else out.push(start, end)
  }
  return out
}

export function complement(set: CodePointSet): CodePointSet {
  const out = set[0] === 0 ? set.slice(1) : [0, ...set]
  if (out[out.length - 1] === ALL_END) out.pop()
  else out.push(ALL_END)
  return out
}

export function intersection(a: CodePointSet, b: CodePointSet): CodePointSet {
  return complement(union([complement(a), complement(b)]))
}

export function has(set: CodePointSet, code: number): boolean {
  let low = 0
  let high = set.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (set[middle] <= code) low = middle + 1
    else high = middle
  }
  // As many bounds are not above it: inside of a range when that is an odd number.
  return low % 2 === 1
}

/** A general category (`Lu`, `L`), a script (`Han`) or `White_Space`, `Any`; null for other names. */
export function property(name: string): CodePointSet | null {
  if (name === 'Any') return EVERYTHING
  if (name === 'White_Space') return WHITE_SPACE
  if (CATEGORIES.some((category) => category === name || category.slice(0, 1) === name)) {
    return union([...categoryRuns()].flatMap((run) => (run.category.startsWith(name) ? [[run.start, run.end]] : [])))
  }
  const script = name.replace(/^(sc|Script)=/, '')
  return Object.hasOwn(SCRIPT_RUNS, script) ? decodeRuns(SCRIPT_RUNS[script]) : null
}

/** @param runs lengths in base 36: not in the set, in it, not in it, … */
export function decodeRuns(runs: string): CodePointSet {
  let at = 0
  return runs.split(' ').map((length) => {
    at += Number.parseInt(length, 36)
    return at
  })
}

let sameLetters: ReadonlyMap<number, readonly number[]> | null = null

/** The set with all that differs from one of it in case only (simple case folding). */
export function anyCase(set: CodePointSet): CodePointSet {
  sameLetters ??= caseOrbits()
  const more: CodePointSet[] = [set]
  for (const [code, others] of sameLetters) if (has(set, code)) more.push(...others.map(single))
  return union(more)
}

/** Code points that fold to the same, for each that is not alone. */
function caseOrbits(): Map<number, readonly number[]> {
  const byFold = new Map<number, number[]>()
  for (const { category, start, end } of categoryRuns()) {
    if (!['Lu', 'Ll', 'Lt', 'Mn', 'Nl', 'So'].includes(category)) continue
    for (let code = start; code < end; code++) {
      const fold = foldOf(code)
      byFold.set(fold, [...(byFold.get(fold) ?? []), code])
    }
  }
  const orbits = [...byFold.values()].filter((orbit) => orbit.length > 1)
  return new Map(orbits.flatMap((orbit) => orbit.map((code) => [code, orbit] as const)))
}

/** Of the capital letter the small one, where both are one character. */
function foldOf(code: number): number {
  const upper = String.fromCodePoint(code).toUpperCase()
  const lower = (isOne(upper) ? upper : String.fromCodePoint(code)).toLowerCase()
  return isOne(lower) ? (lower.codePointAt(0) ?? code) : code
}

function isOne(text: string): boolean {
  return text.length === ((text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1)
}
