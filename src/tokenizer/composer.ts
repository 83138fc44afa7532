/** Unicode's NFC of a text that comes in pieces: what could still combine with what follows waits for it. */

export class Composer {
  #waiting = ''

  /** What is ready of the text so far, all of it with `isLast`. */
  push(text: string, isLast: boolean): string {
    const all = this.#waiting === '' ? text : this.#waiting + text
    const end = isLast ? all.length : lastBoundary(all)
    this.#waiting = all.slice(end)
    return all.slice(0, end).normalize('NFC')
  }
}

/** Where the last character begins that never combines with what is before it: ASCII, Han, a Hangul syllable. */
function lastBoundary(text: string): number {
  for (let at = text.length - 1; at > 0; at--) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80 || (unit >= 0x3400 && unit <= 0x9fff) || (unit >= 0xac00 && unit <= 0xd7a3)) return at
  }
  return 0
}
