/**
 * Reads the regular expressions that tokenizers split by, as Oniguruma (Hugging Face) and Rust's regex read them alike:
 * characters, classes with ranges, nesting and &&, \p{…} of categories and scripts, \s \d, groups, alternatives, the
 * quantifiers greedy, lazy and possessive, (?i:…), and looking ahead at one character. What the two read differently, or what
 * no linear-time matcher can do (back references, looking behind), is refused by name.
 */
import { ConfigError } from '../../errors/errors.js'
import {
  anyCase,
  type CodePointSet,
  complement,
  EVERYTHING,
  intersection,
  property,
  single,
  union,
  WHITE_SPACE,
} from './code-point-set.js'

export type Node =
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | {
      readonly kind: 'repeat'
      readonly body: Node
      readonly min: number
      /** Infinity when there is none. */
      readonly max: number
      readonly mode: 'greedy' | 'lazy' | 'possessive'
    }
  /** The next character is of the set; with `orEnd` there may be none. */
  | { readonly kind: 'ahead'; readonly set: CodePointSet; readonly orEnd: boolean }

/** More copies of a part than any tokenizer counts to. */
const COUNT_MAX = 1000
const DEPTH_MAX = 200

export function parseRegex(source: string): Node {
  return new Parser(source).parse()
}

class Parser {
  readonly #characters: readonly string[]
  #at = 0
  #depth = 0

  constructor(private readonly source: string) {
    this.#characters = [...source]
  }

  parse(): Node {
    const node = this.#choice(false)
    if (this.#at < this.#characters.length) this.#fail(`${JSON.stringify(this.#peek())} closes nothing`)
    return node
  }

  #fail(what: string): never {
    throw new ConfigError(`pattern ${JSON.stringify(this.source)}, character ${this.#at + 1}: ${what}`)
  }

  #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #next(): string {
    const character = this.#characters[this.#at]
    if (character === undefined) this.#fail('ends too early')
    this.#at++
    return character
  }

  /** Moves behind `text` when it stands here. */
  #take(text: string): boolean {
    if (
      !this.#characters
        .slice(this.#at, this.#at + text.length)
        .join('')
        .startsWith(text)
    )
      return false
    this.#at += [...text].length
    return true
  }

  #choice(ignoresCase: boolean): Node {
    if (++this.#depth > DEPTH_MAX) this.#fail(`more than ${DEPTH_MAX} groups in one another`)
    const options = [this.#sequence(ignoresCase)]
    while (this.#take('|')) options.push(this.#sequence(ignoresCase))
    this.#depth--
    return options.length === 1 ? options[0] : { kind: 'choice', options }
  }

  #sequence(ignoresCase: boolean): Node {
    const parts: Node[] = []
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      parts.push(this.#repeated(this.#atom(ignoresCase)))
    }
    return parts.length === 1 ? parts[0] : { kind: 'sequence', parts }
  }

  #repeated(body: Node): Node {
    const count = this.#count()
    if (count === null) return body
    if (body.kind === 'ahead') this.#fail('a repeated look ahead is not supported')
    let mode: 'greedy' | 'lazy' | 'possessive' = 'greedy'
    if (this.#take('?')) mode = 'lazy'
    else if (this.#peek() === '+') {
      if (count.isBraced) this.#fail('{…}+ means different things to different engines; write (?:…){…} without +')
      this.#at++
      mode = 'possessive'
    }
    if (this.#count() !== null) this.#fail('two quantifiers in a row')
    return { kind: 'repeat', body, min: count.min, max: count.max, mode }
  }

  #count(): { min: number; max: number; isBraced: boolean } | null {
    if (this.#take('*')) return { min: 0, max: Infinity, isBraced: false }
    if (this.#take('+')) return { min: 1, max: Infinity, isBraced: false }
    if (this.#take('?')) return { min: 0, max: 1, isBraced: false }
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#characters.slice(this.#at, this.#at + 16).join(''))
    if (match === null) return null
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3])
    if (max < min || min > COUNT_MAX || (max > COUNT_MAX && max !== Infinity)) {
      this.#fail(`expected counts up to ${COUNT_MAX}, the lower first, got ${match[0]}`)
    }
    this.#at += match[0].length
    return { min, max, isBraced: true }
  }

  #atom(ignoresCase: boolean): Node {
    if (this.#take('(')) return this.#group(ignoresCase)
    if (this.#take('[')) return this.#set(this.#bracket(ignoresCase), false)
    if (this.#take('.')) return this.#set(complement(single(0x0a)), false)
    const character = this.#next()
    if (character === '\\') {
      if (this.#take('z')) return { kind: 'ahead', set: [], orEnd: true }
      return this.#set(this.#escape(), ignoresCase)
    }
    if ('*+?'.includes(character)) this.#fail(`${character} repeats nothing`)
    if ('^$'.includes(character))
      this.#fail(`${character} means different things to different engines; \\z is the text's end`)
    return this.#set(single(codeOf(character)), ignoresCase)
  }

  #set(set: CodePointSet, ignoresCase: boolean): Node {
    return { kind: 'set', set: ignoresCase ? anyCase(set) : set }
  }

  #group(ignoresCase: boolean): Node {
    if (this.#take('?')) {
      if (this.#take('i:')) return this.#closed(true)
      if (this.#take('-i:')) return this.#closed(false)
      if (this.#take('=')) return this.#ahead(false, ignoresCase)
      if (this.#take('!')) return this.#ahead(true, ignoresCase)
      if (!this.#take(':')) {
        const name = /^P?<[A-Za-z_]\w*>/.exec(this.#characters.slice(this.#at, this.#at + 80).join(''))
        if (name === null) this.#fail(`(?${this.#peek() ?? ''} is not supported`)
        this.#at += name[0].length
      }
    } else if (this.#peek() === '*') this.#fail('(* is not supported')
    return this.#closed(ignoresCase)
  }

  #closed(ignoresCase: boolean): Node {
    const node = this.#choice(ignoresCase)
    if (!this.#take(')')) this.#fail('expected )')
    return node
  }

  #ahead(isNegative: boolean, ignoresCase: boolean): Node {
    const body = this.#closed(ignoresCase)
    const options = body.kind === 'choice' ? body.options : [body]
    const sets: CodePointSet[] = []
    let orEnd = false
    for (const option of options) {
      if (option.kind === 'set') sets.push(option.set)
      else if (option.kind === 'ahead' && option.orEnd && option.set.length === 0) orEnd = true
      else this.#fail('looking ahead at more than one character is not supported')
    }
    const set = union(sets)
    return { kind: 'ahead', set: isNegative ? complement(set) : set, orEnd: isNegative !== orEnd }
  }

  /** Behind a backslash: the characters that it stands for. */
  #escape(): CodePointSet {
    const letter = this.#next()
    const control = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, v: 0x0b, a: 0x07, e: 0x1b }[letter]
    if (control !== undefined) return single(control)
    switch (letter) {
      case 's':
        return WHITE_SPACE
      case 'S':
        return complement(WHITE_SPACE)
      case 'd':
        return property('Nd') ?? []
      case 'D':
        return complement(property('Nd') ?? [])
      case 'p':
      case 'P':
        return this.#property(letter === 'P')
      case 'x':
        return this.#hex(/^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/)
      case 'u':
        return this.#hex(/^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/)
    }
    if (/[A-Za-z0-9]/.test(letter)) this.#fail(`\\${letter} is not supported`)
    return single(codeOf(letter))
  }

  #hex(form: RegExp): CodePointSet {
    const match = form.exec(this.#characters.slice(this.#at, this.#at + 8).join(''))
    const code = match === null ? Number.NaN : Number.parseInt(match[1] ?? match[2], 16)
    if (match === null || code > 0x10ffff) this.#fail('expected a code point in hexadecimal')
    this.#at += match[0].length
    return single(code)
  }

  #property(isNegative: boolean): CodePointSet {
    let name = this.#next()
    if (name === '{') {
      name = ''
      for (let next = this.#next(); next !== '}'; next = this.#next()) name += next
    }
    const isCaret = name.startsWith('^')
    const set = property(isCaret ? name.slice(1) : name)
    if (set === null) this.#fail(`\\p{${name}} is not supported`)
    return isNegative !== isCaret ? complement(set) : set
  }

  /** Behind an opening bracket. */
  #bracket(ignoresCase: boolean): CodePointSet {
    if (++this.#depth > DEPTH_MAX) this.#fail(`more than ${DEPTH_MAX} classes in one another`)
    const isNegative = this.#take('^')
    let all: CodePointSet = EVERYTHING
    let sets: CodePointSet[] = []
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) {
      if (isFirst && this.#peek() === ']') this.#fail('an empty class')
      if (this.#take('&&')) {
        all = intersection(all, union(sets))
        sets = []
      } else if (this.#take('[')) {
        if (this.#peek() === ':') this.#fail('[:…:] is not supported; \\p{…} is')
        sets.push(this.#bracket(ignoresCase))
      } else sets.push(this.#range(ignoresCase))
    }
    this.#at++
    this.#depth--
    const set = intersection(all, union(sets))
    return isNegative ? complement(set) : set
  }

  #range(ignoresCase: boolean): CodePointSet {
    const from = this.#member()
    const isOne = from.length === 2 && from[1] === from[0] + 1
    const next = this.#characters[this.#at + 1]
    let set = from
    if (isOne && this.#peek() === '-' && next !== ']' && next !== undefined) {
      this.#at++
      const to = this.#member()
      if (to.length !== 2 || to[1] !== to[0] + 1 || to[0] < from[0]) this.#fail('expected a range from low to high')
      set = [from[0], to[1]]
    }
    return ignoresCase ? anyCase(set) : set
  }

  #member(): CodePointSet {
    const character = this.#next()
    return character === '\\' ? this.#escape() : single(codeOf(character))
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}
