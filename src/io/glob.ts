/**
 * Globs over a folder: `*` and `?` within a name, `[a-z]` and `[!a-z]`, `{a,b}` (nested too), `**` over any folders. Names
 * that start with a dot are matched only by a part that starts with a dot. Matching takes time in proportion to pattern
 * times name: no regular expression is made of a pattern. Leaves out extended globs (`+(…)`) and escapes.
 */

/** More alternatives than this are a mistake in the pattern. */
const ALTERNATIVES_MAX = 1000

export const GLOB_CHARACTER = /[*?[{]/

export function isGlob(pattern: string): boolean {
  return GLOB_CHARACTER.test(pattern)
}

/** `a{b,c{d,e}}` gives `ab`, `acd`, `ace`. A brace that never closes stands for itself. Throws RangeError for too many. */
export function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf('{')
  if (open === -1) return [pattern]
  const parts: string[] = []
  let depth = 0
  let partStart = open + 1
  for (let i = open; i < pattern.length; i++) {
    const char = pattern[i]
    if (char === '{') depth++
    else if (char === '}') depth--
    if (depth === 0 || (depth === 1 && char === ',')) {
      parts.push(pattern.slice(partStart, i))
      partStart = i + 1
    }
    if (depth > 0) continue
    const before = pattern.slice(0, open)
    const rest = expandBraces(pattern.slice(i + 1))
    const expanded = parts.flatMap(expandBraces).flatMap((part) => rest.map((tail) => before + part + tail))
    if (expanded.length > ALTERNATIVES_MAX) throw new RangeError(`more than ${ALTERNATIVES_MAX} alternatives`)
    return expanded
  }
  return [pattern]
}

/** Whether one name matches one part of a pattern (no slash, no braces). Two pointers: the last `*` is all that is gone back to. */
export function matchesName(part: string, name: string): boolean {
  if (name.startsWith('.') && !part.startsWith('.')) return false
  let p = 0
  let n = 0
  let starAt = -1
  let starName = 0
  while (n < name.length) {
    const width = part[p] === '*' ? 0 : matchOne(part, p, name.charAt(n))
    if (part[p] === '*') {
      starAt = p++
      starName = n
    } else if (width > 0) {
      p += width
      n++
    } else if (starAt !== -1) {
      p = starAt + 1
      n = ++starName
    } else return false
  }
  while (part[p] === '*') p++
  return p === part.length
}

/** Length of the pattern's item at `p` when it matches `char`, else 0. */
function matchOne(part: string, p: number, char: string): number {
  const item = part[p]
  if (item === '?') return 1
  const close = item === '[' ? part.indexOf(']', p + 2) : -1
  if (close === -1) return item === char ? 1 : 0
  const negated = part[p + 1] === '!' || part[p + 1] === '^'
  let found = false
  for (let i = p + (negated ? 2 : 1); i < close; i++) {
    const from = part.charAt(i)
    const isRange = part[i + 1] === '-' && i + 2 < close
    const to = isRange ? part.charAt(i + 2) : from
    if (char >= from && char <= to) found = true
    if (isRange) i += 2
  }
  return found !== negated ? close - p + 1 : 0
}

export interface FolderEntry {
  readonly name: string
  readonly isFolder: boolean
}

/** Paths below `folder` that match the parts, as arrays of names. `list` gives a folder's entries, [] for what can't be listed. */
export function walk(
  folder: string[],
  parts: readonly string[],
  list: (folder: string[]) => FolderEntry[],
): string[][] {
  const [part, ...rest] = parts
  if (part === undefined) return []
  if (part === '**') {
    if (rest[0] === '**') return walk(folder, rest, list)
    // `**` matches no folder or some: try the rest here, and the same parts one folder deeper.
    const below = list(folder).filter((entry) => entry.isFolder && !entry.name.startsWith('.'))
    return [
      ...walk(folder, rest.length > 0 ? rest : ['*'], list),
      ...below.flatMap((entry) => walk([...folder, entry.name], parts, list)),
    ]
  }
  const matching = list(folder).filter((entry) => matchesName(part, entry.name))
  if (rest.length === 0) return matching.filter((entry) => !entry.isFolder).map((entry) => [...folder, entry.name])
  return matching.filter((entry) => entry.isFolder).flatMap((entry) => walk([...folder, entry.name], rest, list))
}
