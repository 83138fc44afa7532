/** Finds added tokens in text, the leftmost first, of those at one place the longest; as a whole, or as the text comes in. */
import { type CodePointSet, has, property, union } from './matcher/code-point-set.js'
import type { AddedToken } from './model.js'

/** Plain text, or a token with all the text that belongs to it. */
export type Part = string | { readonly id: number; readonly text: string }

export class AddedTokens {
  readonly #tokens: readonly AddedToken[]
  readonly #byContent: ReadonlyMap<string, AddedToken>
  readonly #searches = new Map<string, Search>()

  constructor(tokens: readonly AddedToken[]) {
    this.#tokens = tokens
    this.#byContent = new Map(tokens.map((token) => [token.content, token]))
  }

  idOf(content: string): number | null {
    return this.#byContent.get(content)?.id ?? null
  }

  /** Finds the tokens that are not special, and those that are and wanted. */
  finder(special: 'none' | 'all' | readonly string[]): AddedFinder {
    const isWanted = ({ special: isSpecial, content }: AddedToken): boolean =>
      !isSpecial || special === 'all' || (special !== 'none' && special.includes(content))
    return new AddedFinder(this.#search(special, isWanted))
  }

  #search(special: 'none' | 'all' | readonly string[], isWanted: (token: AddedToken) => boolean): Search {
    const key = typeof special === 'string' ? special : JSON.stringify(special)
    let search = this.#searches.get(key)
    if (search === undefined) {
      search = makeSearch(this.#tokens.filter(isWanted))
      this.#searches.set(key, search)
    }
    return search
  }
}

/** What to look for. */
interface Search {
  readonly byContent: ReadonlyMap<string, AddedToken>
  /** null when there is nothing to find. */
  readonly regex: RegExp | null
  readonly lengthMax: number
  readonly stripsLeft: boolean
}

function makeSearch(tokens: readonly AddedToken[]): Search {
  const byContent = new Map(tokens.map((token) => [token.content, token]))
  const contents = [...byContent.keys()].sort((a, b) => b.length - a.length)
  return {
    byContent,
    regex: contents.length === 0 ? null : new RegExp(contents.map(escaped).join('|'), 'g'),
    lengthMax: contents[0]?.length ?? 0,
    stripsLeft: tokens.some(({ stripLeft }) => stripLeft),
  }
}

/** What Rust's regex takes for \w: Alphabetic, marks, decimal digits, connectors and joiners. */
const CIRCLED_LETTERS = [0x24b6, 0x24ea, 0x1f130, 0x1f14a, 0x1f150, 0x1f16a, 0x1f170, 0x1f18a]
let wordCharacters: CodePointSet | null = null

function isWordCharacter(code: number): boolean {
  wordCharacters ??= union([
    ...['L', 'M', 'Nd', 'Nl', 'Pc'].map((name) => property(name) ?? []),
    CIRCLED_LETTERS,
    [0x200c, 0x200e],
  ])
  return has(wordCharacters, code)
}

export class AddedFinder {
  /** Text not yet handed on. */
  #text = ''
  /** The character before it, '' at the text's beginning. */
  #before = ''
  /** White space goes to the token before it. */
  #strips = false

  constructor(private readonly search: Search) {}

  /** The next parts. With `isLast` all that is left; then another text may begin. */
  *push(text: string, isLast: boolean): Generator<Part, void, void> {
    const { regex, byContent, lengthMax, stripsLeft } = this.search
    if (regex === null) {
      if (text !== '') yield text
      return
    }
    const all = this.#text + text
    let start = 0
    if (this.#strips) {
      start = whiteEnd(all, 0)
      this.#strips = start === all.length && !isLast
    }
    // A token that begins in the last characters could turn out to be a longer one, or stand beside a letter.
    const certain = isLast ? all.length : all.length - lengthMax - 1
    regex.lastIndex = start
    for (let match = regex.exec(all); match !== null; match = regex.exec(all)) {
      const token = byContent.get(match[0])
      if (token === undefined || match.index > certain) break
      const end = match.index + match[0].length
      if (token.singleWord && this.#touchesWord(all, match.index, end)) continue
      let from = match.index
      let to = end
      if (token.stripLeft) from = whiteStart(all, start, from)
      if (token.stripRight) to = whiteEnd(all, end)
      if (from > start) yield all.slice(start, from)
      yield { id: token.id, text: all.slice(from, to) }
      start = to
      this.#strips = token.stripRight && to === all.length && !isLast
      regex.lastIndex = start
    }
    if (isLast) {
      this.#text = ''
      this.#before = ''
      this.#strips = false
      if (start < all.length) yield all.slice(start)
      return
    }
    let keep = Math.max(start, certain)
    if (stripsLeft) keep = whiteStart(all, start, keep)
    if (isTrail(all.charCodeAt(keep)) && keep > start) keep--
    this.#text = all.slice(keep)
    if (keep > 0) this.#before = all.slice(0, keep).slice(-2)
    if (keep > start) yield all.slice(start, keep)
  }

  #touchesWord(text: string, start: number, end: number): boolean {
    const before = [...(this.#before + text.slice(Math.max(0, start - 2), start))].at(-1) ?? ' '
    return isWordCharacter(before.codePointAt(0) ?? 0x20) || isWordCharacter(text.codePointAt(end) ?? 0x20)
  }
}

/** Unicode's White_Space; JavaScript's trim goes by another list. */
const WHITE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** Where white space from `at` on ends. */
function whiteEnd(text: string, at: number): number {
  while (at < text.length && WHITE.test(text.charAt(at))) at++
  return at
}

/** Where white space that ends at `end` begins, not before `start`. */
function whiteStart(text: string, start: number, end: number): number {
  while (end > start && WHITE.test(text.charAt(end - 1))) end--
  return end
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
