/**
 * Patterns as in robots.txt (RFC 9309, section 2.2.3): they match from the beginning, `*` stands for any characters, a `$` at
 * the end for the end. No other character is special. Each piece between stars is looked for once, leftmost first, so
 * that matching never tries the same place twice.
 */
export class UrlPattern {
  readonly #pieces: readonly string[]
  readonly #toEnd: boolean

  constructor(readonly text: string) {
    this.#toEnd = text.endsWith('$')
    this.#pieces = (this.#toEnd ? text.slice(0, -1) : text).split('*')
  }

  matches(subject: string): boolean {
    const [first = '', ...rest] = this.#pieces
    if (!subject.startsWith(first)) return false
    let at = first.length
    const last = rest.pop()
    if (last === undefined) return !this.#toEnd || at === subject.length
    for (const piece of rest) {
      const found = subject.indexOf(piece, at)
      if (found < 0) return false
      at = found + piece.length
    }
    return this.#toEnd ? subject.length - last.length >= at && subject.endsWith(last) : subject.includes(last, at)
  }
}
