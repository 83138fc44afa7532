/**
 * The words of a text as all stages share them: offsets, strings when asked for, distinct words measured when asked for.
 * How a text is split is in `word-splitter.ts`.
 */
import { scanWords, unitsOf, type WordRule } from './word-splitter.js'
import { measureWordTypes, type WordTypes } from './word-types.js'

export type { WordRule } from './word-splitter.js'

/** The words of one text, in order. Kept as offsets; strings are made when asked for. */
export class Words {
  private measured: WordTypes | null = null

  constructor(
    readonly text: string,
    /** Where each word starts, in UTF-16 units. */
    readonly starts: Int32Array,
    /** Where each word ends, exclusive. */
    readonly ends: Int32Array,
    /** Code points of the whole text. */
    readonly textLength: number,
  ) {}

  get count(): number {
    return this.starts.length
  }

  /** The distinct words and what rules ask of each. Made at the first call. */
  get types(): WordTypes {
    this.measured ??= measureWordTypes(this, unitsOf(this.text))
    return this.measured
  }

  at(index: number): string {
    return this.text.slice(this.starts[index], this.ends[index])
  }

  strings(): string[] {
    return Array.from(this.starts, (start, index) => this.text.slice(start, this.ends[index]))
  }
}

let last = new Words('', new Int32Array(0), new Int32Array(0), 0)
let lastRule: WordRule = 'script'

/** Splits a text into words. The last result is kept, since several stages in a row look at the same text. */
export function splitWords(text: string, rule: WordRule = 'script'): Words {
  if (last.text !== text || lastRule !== rule) {
    last = splitPart(text, rule)
    lastRule = rule
  }
  return last
}

/** Splits without keeping: for the parts of a text. */
export function splitPart(text: string, rule: WordRule = 'script'): Words {
  const { starts, ends, textLength } = scanWords(text, rule)
  return new Words(text, starts, ends, textLength)
}
