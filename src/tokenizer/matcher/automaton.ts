/**
 * A regular expression as an automaton that tries its ways in order of preference (Thompson's construction; "leftmost
 * first", as Perl, Rust's regex and Oniguruma choose). Characters are known by classes: all that no set of the expression
 * tells apart are one class, and the end of the text is a class of its own.
 */
import { ConfigError } from '../../errors/errors.js'
import type { CodePointSet } from './code-point-set.js'
import type { Node } from './parse.js'

export type State =
  /** Takes a character of one of the classes. */
  | { readonly kind: 'take'; readonly classes: Uint8Array; next: number }
  /** Goes on without a character, if the next one is of one of the classes. */
  | { readonly kind: 'ahead'; readonly classes: Uint8Array; next: number }
  /** Both ways, the first preferred. */
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'match' }

export interface Automaton {
  readonly states: readonly State[]
  readonly start: number
  /** The class of each code point; the text's end has `endClass`. */
  readonly classOf: Uint8Array
  readonly endClass: number
}

const STATES_MAX = 20_000

export function makeAutomaton(root: Node, source: string): Automaton {
  const { classOf, classCount, samples } = partition(setsOf(root), source)
  return new Builder(classOf, classCount, samples, source).build(root)
}

function setsOf(node: Node): CodePointSet[] {
  switch (node.kind) {
    case 'set':
    case 'ahead':
      return [node.set]
    case 'sequence':
      return node.parts.flatMap(setsOf)
    case 'choice':
      return node.options.flatMap(setsOf)
    case 'repeat':
      return setsOf(node.body)
  }
}

/** Classes of code points that are in the same sets; `samples` has one of each. */
function partition(
  sets: readonly CodePointSet[],
  source: string,
): { classOf: Uint8Array; classCount: number; samples: number[] } {
  const different = [...new Map(sets.map((set) => [set.join(), set])).values()]
  const edges = [...new Set([0, 0x110000, ...different.flat()])].sort((a, b) => a - b)
  const classOf = new Uint8Array(0x110000)
  const numbers = new Map<string, number>()
  const samples: number[] = []
  const places = different.map(() => 0) // in each set, the first edge beyond the range looked at
  for (let i = 0; i + 1 < edges.length; i++) {
    let key = ''
    for (const [j, set] of different.entries()) {
      while (places[j] < set.length && set[places[j]] <= edges[i]) places[j]++
      key += places[j] % 2
    }
    let number = numbers.get(key)
    if (number === undefined) {
      number = numbers.size
      if (number > 254) throw new ConfigError(`pattern ${JSON.stringify(source)}: more than 255 kinds of characters`)
      numbers.set(key, number)
      samples.push(edges[i])
    }
    classOf.fill(number, edges[i], edges[i + 1])
  }
  return { classOf, classCount: numbers.size, samples }
}

class Builder {
  readonly #states: State[] = [{ kind: 'match' }]
  /** Possessive loops: what they take, and where they go on. */
  readonly #possessive: { readonly classes: Uint8Array; readonly exit: number }[] = []

  constructor(
    private readonly classOf: Uint8Array,
    private readonly endClass: number,
    private readonly samples: readonly number[],
    private readonly source: string,
  ) {}

  build(root: Node): Automaton {
    const start = this.#make(root, 0)
    for (const { classes, exit } of this.#possessive) this.#checkPossessive(classes, exit)
    return { states: this.#states, start, classOf: this.classOf, endClass: this.endClass }
  }

  #add(state: State): number {
    if (this.#states.length >= STATES_MAX) {
      throw new ConfigError(`pattern ${JSON.stringify(this.source)}: too large, more than ${STATES_MAX} states`)
    }
    return this.#states.push(state) - 1
  }

  /** Classes in a set; the end's place is last. */
  #classes(set: CodePointSet, withEnd: boolean): Uint8Array {
    const classes = new Uint8Array(this.endClass + 1)
    for (const [number, code] of this.samples.entries()) {
      for (let i = 0; i < set.length; i += 2) if (code >= set[i] && code < set[i + 1]) classes[number] = 1
    }
    if (withEnd) classes[this.endClass] = 1
    return classes
  }

  /** The state that begins the node and goes on to `next`. */
  #make(node: Node, next: number): number {
    switch (node.kind) {
      case 'set':
        return this.#add({ kind: 'take', classes: this.#classes(node.set, false), next })
      case 'ahead':
        return this.#add({ kind: 'ahead', classes: this.#classes(node.set, node.orEnd), next })
      case 'sequence':
        return node.parts.reduceRight((behind, part) => this.#make(part, behind), next)
      case 'choice': {
        const starts = node.options.map((option) => this.#make(option, next))
        return starts.reduceRight((second, first) => this.#add({ kind: 'split', first, second }))
      }
      case 'repeat':
        return this.#repeat(node, next)
    }
  }

  #repeat(node: Extract<Node, { kind: 'repeat' }>, next: number): number {
    const { body, min, max, mode } = node
    if (mode === 'possessive') {
      if (body.kind !== 'set') {
        throw new ConfigError(
          `pattern ${JSON.stringify(this.source)}: a possessive quantifier behind a group is not supported`,
        )
      }
      this.#possessive.push({ classes: this.#classes(body.set, false), exit: next })
    }
    const split = (into: number, out: number): State =>
      mode === 'lazy' ? { kind: 'split', first: out, second: into } : { kind: 'split', first: into, second: out }
    let start = next
    if (max === Infinity) {
      const loop: State = { kind: 'split', first: 0, second: 0 }
      const at = this.#add(loop)
      Object.assign(loop, split(this.#make(body, at), next))
      start = at
    } else for (let i = min; i < max; i++) start = this.#add(split(this.#make(body, start), next))
    for (let i = 0; i < min; i++) start = this.#make(body, start)
    return start
  }

  /**
   * A possessive loop is a greedy one when giving characters back never helps: because what follows can't begin with one, or
   * because it needs nothing at all.
   */
  #checkPossessive(classes: Uint8Array, exit: number): void {
    let neverFails = true
    let neverBegins = true
    for (let number = 0; number <= this.endClass; number++) {
      const { matches, takes } = this.#ahead(exit, number)
      if (!matches) neverFails = false
      if (classes[number] === 1 && (matches || takes)) neverBegins = false
    }
    if (!neverFails && !neverBegins) {
      throw new ConfigError(
        `pattern ${JSON.stringify(this.source)}: a possessive quantifier that what follows could take from is not supported`,
      )
    }
  }

  /** Whether a match ends here, or a character is taken, when the next one is of this class. */
  #ahead(from: number, number: number): { matches: boolean; takes: boolean } {
    const seen = new Set<number>()
    const result = { matches: false, takes: false }
    for (let queue = [from]; queue.length > 0; ) {
      const at = queue.pop() ?? 0
      if (seen.has(at)) continue
      seen.add(at)
      const state = this.#states[at]
      if (state.kind === 'match') result.matches = true
      else if (state.kind === 'split') queue = [...queue, state.first, state.second]
      else if (state.classes[number] === 1) {
        if (state.kind === 'take') result.takes = true
        else queue.push(state.next)
      }
    }
    return result
  }
}
