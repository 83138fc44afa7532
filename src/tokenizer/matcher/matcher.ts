/**
 * Cuts text by a regular expression, in time linear in the text whatever the expression: its automaton is made
 * deterministic as the text goes through it. A state is the automaton's ways that are still open, the preferred first; a
 * step looks at the next character before it is taken, so that a look ahead and the end of a match are known at once.
 *
 * A scan that runs on behind the last end of a match, and finds none, would be run again from the next piece. It leaves
 * marks (state and place, one every 64 bytes or so): a later scan that meets one stops there (Reps 1998, "Maximal-munch"
 * tokenization in linear time).
 */
import { type Automaton, makeAutomaton, type State } from './automaton.js'
import { parseRegex } from './parse.js'

/** When there are more, all are forgotten and made anew as needed. */
const STATES_MAX = 4096
const UNKNOWN = -1
const DEAD = 0

/**
 * Cuts the bytes [start, end) of well-formed UTF-8 into matches and what stands between them: `emit` gets where each piece
 * ends. Gives the place before which the cuts stay the same however the text goes on.
 */
export type Match = (bytes: Uint8Array, start: number, end: number, emit: (end: number) => void) => number

/** Throws ConfigError for an expression that is wrong, or not supported. */
export function createMatcher(source: string): Match {
  const matcher = new Matcher(makeAutomaton(parseRegex(source), source))
  return (bytes, start, end, emit) => matcher.cut(bytes, start, end, emit)
}

class Matcher {
  readonly #states: readonly State[]
  readonly #classOf: Uint8Array
  readonly #endClass: number
  readonly #width: number
  /** By state and class: next state * 2 + 1 when a match ends before that character; UNKNOWN until it is asked for. */
  #steps: Int32Array
  /** The automaton's states of each state, the preferred first. */
  #ways: (readonly number[])[] = []
  #numbers = new Map<string, number>()
  /** Places and states from which no match ends. */
  readonly #failing = new Set<number>()
  /** A scan has come to the end of the bytes, and so have those that stopped at its marks. */
  #marksReachEnd = false

  // What the last scan found.
  #matchEnd = -1
  #reachedEnd = false

  constructor(private readonly automaton: Automaton) {
    this.#states = automaton.states
    this.#classOf = automaton.classOf
    this.#endClass = automaton.endClass
    this.#width = automaton.endClass + 1
    this.#steps = new Int32Array(64 * this.#width)
    this.#forget()
  }

  cut(bytes: Uint8Array, start: number, end: number, emit: (end: number) => void): number {
    this.#failing.clear()
    this.#marksReachEnd = false
    let settled = -1
    let pieceStart = start // of what no match has covered yet
    for (let at = start; at < end; ) {
      this.#scan(bytes, at, end)
      if (this.#reachedEnd && settled < 0) settled = pieceStart
      if (this.#matchEnd <= at) {
        at += sizeOf(bytes[at])
        continue
      }
      if (pieceStart < at) emit(at)
      emit(this.#matchEnd)
      at = this.#matchEnd
      pieceStart = at
    }
    if (pieceStart < end) emit(end)
    return settled < 0 ? pieceStart : settled
  }

  /** Sets where the match that begins at `start` ends (-1: there is none), and whether the end of the bytes mattered. */
  #scan(bytes: Uint8Array, start: number, end: number): void {
    const classOf = this.#classOf
    const width = this.#width
    let state = 1
    let at = start
    let matchEnd = -1
    let marks: number[] | null = null
    this.#reachedEnd = false
    for (;;) {
      let number = this.#endClass
      let size = 0
      if (at < end) {
        const first = bytes[at]
        if (first < 0x80) {
          number = classOf[first]
          size = 1
        } else {
          size = sizeOf(first)
          number = classOf[wideCodePoint(bytes, at, first)]
        }
      } else this.#reachedEnd = true
      let step = this.#steps[state * width + number]
      if (step === UNKNOWN) {
        if (this.#ways.length > STATES_MAX) {
          state = this.#forgetBut(state)
          marks = null
        }
        step = this.#makeStep(state, number)
      }
      if ((step & 1) === 1) {
        matchEnd = at
        marks = null
      }
      state = step >> 1
      if (state === DEAD || size === 0) break
      const before = at
      at += size
      if (before >> 6 !== at >> 6) {
        const mark = at * (STATES_MAX + 2) + state
        if (this.#failing.has(mark)) {
          if (this.#marksReachEnd) this.#reachedEnd = true
          break
        }
        marks ??= []
        marks.push(mark)
      }
    }
    if (marks !== null) {
      for (const mark of marks) this.#failing.add(mark)
      if (this.#reachedEnd) this.#marksReachEnd = true
    }
    this.#matchEnd = matchEnd
  }

  #makeStep(from: number, number: number): number {
    const next: number[] = []
    const isNext = new Set<number>()
    const seen = new Set<number>()
    let matched = 0
    // Depth first, the preferred way first: the order of `next` is the order of preference.
    const stack = [...this.#ways[from]].reverse()
    while (stack.length > 0) {
      const at = stack.pop() ?? 0
      if (seen.has(at)) continue
      seen.add(at)
      const state = this.#states[at]
      if (state.kind === 'match') {
        matched = 1
        break // what is less preferred than a match counts no more
      }
      if (state.kind === 'split') stack.push(state.second, state.first)
      else if (state.classes[number] === 1) {
        if (state.kind === 'ahead') stack.push(state.next)
        else if (!isNext.has(state.next)) {
          isNext.add(state.next)
          next.push(state.next)
        }
      }
    }
    const step = this.#numberOf(next) * 2 + matched
    this.#steps[from * this.#width + number] = step
    return step
  }

  #numberOf(ways: readonly number[]): number {
    const key = ways.join()
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#ways.push(ways) - 1
    this.#numbers.set(key, number)
    if ((number + 1) * this.#width > this.#steps.length) {
      const larger = new Int32Array(2 * this.#steps.length)
      larger.set(this.#steps)
      this.#steps = larger
    }
    this.#steps.fill(UNKNOWN, number * this.#width, (number + 1) * this.#width)
    return number
  }

  #forget(): void {
    this.#ways = []
    this.#numbers = new Map()
    this.#failing.clear()
    this.#numberOf([]) // DEAD
    this.#numberOf([this.automaton.start])
  }

  #forgetBut(state: number): number {
    const ways = this.#ways[state]
    this.#forget()
    return this.#numberOf(ways)
  }
}

function sizeOf(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

function wideCodePoint(bytes: Uint8Array, at: number, first: number): number {
  const second = bytes[at + 1] & 0x3f
  if (first < 0xe0) return ((first & 0x1f) << 6) | second
  const third = bytes[at + 2] & 0x3f
  if (first < 0xf0) return ((first & 0xf) << 12) | (second << 6) | third
  return ((first & 7) << 18) | (second << 12) | (third << 6) | (bytes[at + 3] & 0x3f)
}
