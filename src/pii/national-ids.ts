/**
 * National identity, tax, insurance and health numbers with check digits, of the countries in the table of forms. At each group of
 * digits those forms are tried that begin with a group of its size: forms of digits alone by the sizes of the groups and what
 * joins them, one look-up a group; forms with letters by a pattern on at most FORM_MAX units.
 */
import { CONTEXT_SCORE, hasContext } from './context.js'
import { NATIONAL_IDS, type NationalId } from './national-id-forms.js'
import { digitsOf, type Found, isAsciiLetter, isDigit, isWord, type Page, standsFree } from './page.js'

const FORM_MAX = 24
/** Words that name a national number say more than those around a phone number. */
const NAMED_SCORE = CONTEXT_SCORE + 0.1

/** What joins the groups of a shape. */
const JOINTS = ' -./+'
const JOINT_NUMBER = new Uint8Array(128)
for (let i = 0; i < JOINTS.length; i++) JOINT_NUMBER[JOINTS.charCodeAt(i)] = i + 1

const GROUP_SIZE_MAX = 19

/** Forms of digits alone, group by group: by the joint before the next group and its size. */
interface Shape {
  /** What is written so; none where only longer forms are. */
  readonly ids: NationalId[]
  readonly next: (Shape | undefined)[]
}
const SHAPES: Shape = { ids: [], next: [] }

function step(joint: number, size: number): number {
  return joint * (GROUP_SIZE_MAX + 1) + size
}

/** By the size of the first group of digits. */
const BY_FIRST: (readonly NationalId[] | undefined)[] = Array.from({ length: GROUP_SIZE_MAX + 1 })
for (const id of NATIONAL_IDS) {
  for (const shape of id.shapes ?? []) {
    let at = SHAPES
    for (const [, joint, size] of shape.matchAll(/([^0-9]?)([0-9]+)/g)) {
      const way = step(joint === '' ? 0 : JOINTS.indexOf(joint) + 1, Number(size))
      at = at.next[way] ??= { ids: [], next: [] }
    }
    at.ids.push(id)
  }
  for (const size of id.first ?? []) BY_FIRST[size] = [...(BY_FIRST[size] ?? []), id]
}

export function nationalIdFinder(): (page: Page) => Found[] {
  return (page) => {
    const { text, starts, ends, asked } = page
    const found: Found[] = []
    let free = 0
    for (const i of asked) {
      const size = ends[i] - starts[i]
      if (size > GROUP_SIZE_MAX) continue
      const shaped = SHAPES.next[size] === undefined ? null : bestShape(page, i)
      const forms = BY_FIRST[size]
      const best = forms === undefined ? shaped : better(shaped, bestForm(page, starts[i], forms))
      if (best === null || best.start < free) continue
      found.push(best)
      free = best.end
    }
    return found

    function bestShape(page: Page, first: number): Found | null {
      if (!isDigit(text.charCodeAt(starts[first])) || isWord(text.charCodeAt(starts[first] - 1))) return null
      let best: Found | null = null
      let shape: Shape | undefined = SHAPES
      for (let i = first; i < starts.length; i++) {
        const size = ends[i] - starts[i]
        if (size > GROUP_SIZE_MAX) break
        const joint = i === first ? 0 : starts[i] === ends[i - 1] + 1 ? JOINT_NUMBER[text.charCodeAt(ends[i - 1])] : 0
        if (i > first && !(joint > 0)) break // NaN-safe: beyond ASCII the table has nothing
        shape = shape.next[step(joint, size)]
        if (shape === undefined) break
        const { ids } = shape
        if (ids.length === 0 || !standsFree(text, starts[first], ends[i])) continue
        const value = digitsOf(text, starts[first], ends[i])
        for (const id of ids) best = better(best, spanOf(page, id, value, starts[first], ends[i]))
      }
      return best
    }
  }
}

function bestForm(page: Page, digit: number, ids: readonly NationalId[]): Found | null {
  const { text } = page
  let best: Found | null = null
  for (const id of ids) {
    const { form, lead = 0 } = id
    const start = digit - lead
    if (form === undefined || start < 0 || isWord(text.charCodeAt(start - 1))) continue
    if (lead > 0 && !isAsciiLetter(text.charCodeAt(start))) continue
    form.lastIndex = start
    if (!form.test(text)) continue
    const end = form.lastIndex
    if (end - start > FORM_MAX || !standsFree(text, start, end)) continue
    best = better(best, spanOf(page, id, bare(text.slice(start, end)), start, end))
  }
  return best
}

function spanOf(
  page: Page,
  { isValid, score, words }: NationalId,
  value: string,
  start: number,
  end: number,
): Found | null {
  if (!isValid(value)) return null
  const sure = hasContext(page, start, end, words) ? Math.min(1, score + NAMED_SCORE) : score
  return { start, end, type: 'nationalId', score: sure }
}

/** The one with the higher score, of equals the first. */
function better(first: Found | null, second: Found | null): Found | null {
  return first === null || (second !== null && second.score > first.score) ? second : first
}

function bare(written: string): string {
  return written.replace(/[^0-9A-Za-z]/g, '').toUpperCase()
}
