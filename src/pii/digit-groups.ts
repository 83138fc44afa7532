/** Numbers written in one piece or in groups, as cards and social security numbers are: one scan for all that judge the digits alone. */
import { CONTEXT_SCORE, type ContextWords, hasContext } from './context.js'
import { digitsOf, type Found, type Page, standsFree } from './page.js'

export interface NumberForm {
  readonly type: string
  /** The last group of a number that begins with group i; -1 when none does. */
  readonly lastGroup: (page: Page, i: number) => number
  /** @param joint between the first two groups, '' of one group. @returns a score without words around; 0 for no such number */
  readonly scoreOf: (digits: string, joint: string) => number
  readonly words: ContextWords
  /** From this score on words around add nothing. */
  readonly sureScore: number
  /** Digits that are nobody's. */
  readonly harmless: ReadonlySet<string>
}

export function findNumbers(page: Page, form: NumberForm): Found[] {
  const { text, starts, ends, asked } = page
  const found: Found[] = []
  let free = 0
  for (const i of asked) {
    if (starts[i] < free) continue
    const last = form.lastGroup(page, i)
    if (last < 0) continue
    const start = starts[i]
    const end = ends[last]
    if (!standsFree(text, start, end)) continue
    const digits = digitsOf(text, start, end)
    const base = form.scoreOf(digits, last === i ? '' : text[ends[i]])
    if (base === 0) continue
    const isNamed = base < form.sureScore && hasContext(page, start, end, form.words)
    const score = isNamed ? Math.min(1, base + CONTEXT_SCORE) : base
    found.push({ start, end, type: form.type, score, isHarmless: form.harmless.has(digits) })
    free = end
  }
  return found
}
