/** Numbers the words of benchmark items, from 1 on in the order in which they are first met. */
import { ConfigError } from '../errors/errors.js'
import { GrowingBytes, GrowingUnits, GrowingWords } from './growing.js'
import { WORD_NUMBER_MAX } from './index-tables.js'
import type { Tokens } from './tokens.js'

export class Vocabulary {
  readonly spellings = new GrowingUnits()
  /** By number; 0 is no word. */
  readonly ends = new GrowingWords()
  private readonly hashes = new GrowingWords()
  private readonly numeric = new GrowingBytes()
  /** The first word of each token hash; the others of that hash by their spelling. */
  private readonly byHash = new Map<number, number>()
  private readonly bySpelling = new Map<string, number>()

  constructor() {
    this.ends.push(0)
    this.hashes.push(0)
    this.numeric.push(0)
  }

  numberOf(tokens: Tokens, token: number): number {
    const hash = tokens.hashOf(token)
    const likely = this.byHash.get(hash)
    if (likely === undefined) {
      const number = this.add(tokens, token, hash)
      this.byHash.set(hash, number)
      return number
    }
    if (tokens.isSpelled(token, this.spellings.all(), this.ends.at(likely - 1), this.ends.at(likely))) return likely
    const spelling = tokens.spellingOf(token)
    const number = this.bySpelling.get(spelling) ?? this.add(tokens, token, hash)
    this.bySpelling.set(spelling, number)
    return number
  }

  private add(tokens: Tokens, token: number, hash: number): number {
    const number = this.ends.length
    if (number > WORD_NUMBER_MAX)
      throw new ConfigError(`benchmarks: expected at most ${WORD_NUMBER_MAX} different words`)
    const spelling = tokens.spellingOf(token)
    for (let at = 0; at < spelling.length; at++) this.spellings.push(spelling.charCodeAt(at))
    this.ends.push(this.spellings.length)
    this.hashes.push(hash)
    this.numeric.push(Number(NUMBER.test(spelling)))
    return number
  }

  /** Its token hash. */
  hashOf(number: number): number {
    return this.hashes.at(number)
  }

  /** Whether it is all digits. */
  isNumber(number: number): boolean {
    return this.numeric.at(number) === 1
  }
}

const NUMBER = /^\p{N}+$/u
