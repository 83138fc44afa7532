/**
 * Finds words of a vocabulary in class names and ids, all at once: an automaton over lower-case letters, '-', '_' and white
 * space (Aho and Corasick 1975), so that a name costs one step a character however many words there are. `relatedArticles`
 * reads as `related-articles`.
 *
 * How a word is written:
 * - `related` counts wherever it stands, also inside of a longer word;
 * - `|nav|` only where no letter stands beside it (a bar at one end: only there);
 * - `<hide>` as a name of its own, or the last part of one behind '-' or '_';
 * - `promo!te` not with `te` behind it;
 * - `post~body` with or without '-', '_' or both between.
 */

const LETTER_A = 1
const DASH = 27
const UNDERSCORE = 28
const WHITE = 29
const OTHER = 0
const CLASSES = 32

const CLASS_OF = new Uint8Array(128)
for (let code = 0; code < 26; code++) CLASS_OF[65 + code] = CLASS_OF[97 + code] = LETTER_A + code
CLASS_OF[0x2d] = DASH
CLASS_OF[0x5f] = UNDERSCORE
for (const code of [9, 10, 11, 12, 13, 32]) CLASS_OF[code] = WHITE

interface Word {
  readonly letters: readonly number[]
  readonly flags: number
  readonly start: '' | '|' | '<'
  readonly end: '' | '|' | '>'
  /** May not stand behind. */
  readonly not: readonly number[]
}

/** The sign bit: no flag of a word. */
const CONDITIONAL = 1 << 31

/** Longer names are cut: what tells stands first. */
const NAME_LENGTH_MAX = 512
/** A dash may come between any two letters. */
const sequence = new Uint8Array(2 * NAME_LENGTH_MAX)

export class NameWords {
  /** Next state by state and class. */
  private readonly next: Uint16Array
  /** Flags of the words that end in a state, whatever stands around them; CONDITIONAL where there are others too. */
  private readonly flags: Int32Array
  /** The words that ask what stands around them. */
  private readonly conditional: (readonly Word[] | undefined)[]

  /** @param vocabulary words separated by white space, with the flags that they give */
  constructor(vocabulary: readonly { readonly flags: number; readonly words: string }[]) {
    const words = vocabulary.flatMap(({ flags, words }) =>
      words
        .trim()
        .split(/\s+/)
        .flatMap((word) => read(word, flags)),
    )
    const size = words.reduce((sum, { letters }) => sum + letters.length, 1)
    if (size > 65_535) throw new RangeError(`a vocabulary of ${size} letters does not fit into 16-bit states`)
    this.next = new Uint16Array(size * CLASSES)
    this.flags = new Int32Array(size)
    this.conditional = new Array<readonly Word[] | undefined>(size)
    this.link(this.plant(words))
  }

  /** The words as a tree of letters; gives the number of states. */
  private plant(words: readonly Word[]): number {
    let count = 1
    for (const word of words) {
      let state = 0
      for (const letter of word.letters) {
        const at = state * CLASSES + letter
        if (this.next[at] === 0) this.next[at] = count++
        state = this.next[at] ?? 0
      }
      if (word.start === '' && word.end === '' && word.not.length === 0) this.flags[state] |= word.flags
      else {
        this.flags[state] |= CONDITIONAL
        this.conditional[state] = [...(this.conditional[state] ?? []), word]
      }
    }
    return count
  }

  /** Breadth first: where a letter leads to nothing, it leads where it leads from the longest ending of the state. */
  private link(count: number): void {
    const { next, flags, conditional } = this
    const fallback = new Uint16Array(count)
    const queue: number[] = []
    for (let letter = 0; letter < CLASSES; letter++) if (next[letter] !== 0) queue.push(next[letter] ?? 0)
    for (let i = 0; i < queue.length; i++) {
      const state = queue[i] ?? 0
      const ending = fallback[state] ?? 0
      flags[state] |= flags[ending] ?? 0
      const inherited = conditional[ending]
      if (inherited !== undefined) conditional[state] = [...(conditional[state] ?? []), ...inherited]
      for (let letter = 0; letter < CLASSES; letter++) {
        const at = state * CLASSES + letter
        const other = next[ending * CLASSES + letter] ?? 0
        if (next[at] === 0) next[at] = other
        else {
          fallback[next[at] ?? 0] = other
          queue.push(next[at] ?? 0)
        }
      }
    }
  }

  /** Sum of the flags of all words in a name. */
  flagsOf(name: string): number {
    const length = classify(name)
    const { next, flags } = this
    let state = 0
    let found = 0
    for (let i = 0; i < length; i++) {
      state = next[state * CLASSES + (sequence[i] ?? 0)] ?? 0
      const here = flags[state] ?? 0
      if (here === 0) continue
      found |= here
      if (here < 0) found |= this.fitting(state, i + 1, length)
    }
    return found & ~CONDITIONAL
  }

  private fitting(state: number, end: number, length: number): number {
    let found = 0
    for (const word of this.conditional[state] ?? []) if (fits(word, end, length)) found |= word.flags
    return found
  }
}

/** Fills `sequence`; gives how much of it. */
function classify(name: string): number {
  const end = Math.min(name.length, NAME_LENGTH_MAX)
  let length = 0
  let isLowerBefore = false
  for (let i = 0; i < end; i++) {
    const code = name.charCodeAt(i)
    const isUpper = code >= 65 && code <= 90
    if (isUpper && isLowerBefore) sequence[length++] = DASH
    sequence[length++] = code < 128 ? (CLASS_OF[code] ?? 0) : OTHER
    isLowerBefore = code >= 97 && code <= 122
  }
  return length
}

function fits(word: Word, end: number, length: number): boolean {
  const before = end - word.letters.length - 1
  if (before >= 0) {
    const class_ = sequence[before] ?? 0
    if (word.start === '|' && isLetter(class_)) return false
    if (word.start === '<' && class_ < DASH) return false
  }
  if (end < length) {
    const class_ = sequence[end] ?? 0
    if (word.end === '|' && isLetter(class_)) return false
    if (word.end === '>' && class_ !== WHITE) return false
  }
  return (
    word.not.length === 0 ||
    end + word.not.length > length ||
    word.not.some((letter, i) => sequence[end + i] !== letter)
  )
}

function isLetter(class_: number): boolean {
  return class_ >= LETTER_A && class_ < DASH
}

/** What may stand for '~'. */
const JOINTS = ['', '-', '_', '-_', '__']

function read(word: string, flags: number): Word[] {
  const parts = /^([|<]?)([a-z_~-]+)(?:!([a-z_-]+))?([|>]?)$/.exec(word)
  if (parts === null) throw new RangeError(`${word} is not written as a word of a name`)
  const [, start = '', middle = '', not = '', end = ''] = parts
  return JOINTS.slice(0, middle.includes('~') ? JOINTS.length : 1).map((joint) => ({
    letters: lettersOf(middle.replace('~', joint)),
    flags,
    // The vocabulary's own marks, one of each kind: the pattern above takes no other.
    start: start as Word['start'],
    end: end as Word['end'],
    not: lettersOf(not),
  }))
}

function lettersOf(text: string): number[] {
  return Array.from(text, (char) => CLASS_OF[char.charCodeAt(0)] ?? 0)
}
