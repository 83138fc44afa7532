/**
 * Which texts a tokenizer is trained on, and how often each counts: weights by language or source, and a budget of bytes.
 *
 * A text's weight w is the product of the weights whose key it matches, 1 when it matches none. With a scale s, which is 1
 * unless the budget is short, it counts ⌈s·w − u⌉ times, u being a number in [0, 1) drawn from the text's place: weight 2
 * counts twice, 0.25 keeps one text in four, 2.5 counts every second text three times. A budget is of UTF-8 bytes, a text
 * that counts twice taking its bytes twice; where all would take more, s is the greatest (to 1 in 2^40) that stays within
 * it. Nothing depends on the order of the files, the number of threads, or what other texts there are.
 */
import { documentId } from '../document/identity.js'
import { ConfigError } from '../errors/errors.js'
import { matchesName } from '../io/glob.js'

export interface Weight {
  /** A language as the documents give it, or a source: a file name, with `*` and `?`, that has one of `. / * ? [`. */
  readonly key: string
  readonly weight: number
}

/** u takes so many values. */
export const DRAWS = 4096

const SOURCE_CHARACTER = /[./*?[]/

export class Selection {
  private readonly languages: ReadonlyMap<string, number>
  private readonly sources: readonly Weight[]
  private readonly weightOfSource = new Map<string, number>()
  /** Keys that a text has matched. */
  readonly matched = new Set<string>()

  constructor(
    weights: readonly Weight[],
    private readonly scale: number,
  ) {
    this.languages = new Map(weights.filter(({ key }) => !SOURCE_CHARACTER.test(key)).map((w) => [w.key, w.weight]))
    this.sources = weights.filter(({ key }) => SOURCE_CHARACTER.test(key))
  }

  /** Every text counts once. */
  get isPlain(): boolean {
    return this.languages.size === 0 && this.sources.length === 0 && this.scale === 1
  }

  weightOf(language: string, source: string): number {
    let weight = this.languages.get(language)
    if (weight !== undefined) this.matched.add(language)
    weight ??= 1
    return weight * this.sourceWeight(source)
  }

  /** How often a text of this weight counts. */
  copies(weight: number, draw: number): number {
    return copies(this.scale * weight, draw)
  }

  private sourceWeight(source: string): number {
    const known = this.weightOfSource.get(source)
    if (known !== undefined) return known
    let product = 1
    for (const { key, weight } of this.sources) {
      if (!matchesName(key, source)) continue
      this.matched.add(key)
      product *= weight
    }
    this.weightOfSource.set(source, product)
    return product
  }
}

/** A whole number in [0, DRAWS) for a text, from its place. */
export function drawOf(source: string, place: number): number {
  return Number.parseInt(documentId(source, place, 0).slice(0, 3), 16)
}

function copies(times: number, draw: number): number {
  return Math.max(0, Math.ceil(times - draw / DRAWS))
}

/** Bytes of the texts by weight, then by draw. */
export type MeasuredBytes = ReadonlyMap<number, Float64Array>

const SCALE_STEPS = 40

/** The greatest scale of at most 1 with which the texts stay within the budget. */
export function scaleFor(measured: MeasuredBytes, budgetBytes: number): number {
  if (bytesTaken(measured, 1) <= budgetBytes) return 1
  let low = 0
  for (let step = 1; step <= SCALE_STEPS; step++) {
    const middle = low + 2 ** -step
    if (bytesTaken(measured, middle) <= budgetBytes) low = middle
  }
  return low
}

function bytesTaken(measured: MeasuredBytes, scale: number): number {
  let sum = 0
  for (const [weight, byDraw] of measured) {
    for (let draw = 0; draw < DRAWS; draw++) sum += byDraw[draw] * copies(scale * weight, draw)
  }
  return sum
}

/** @throws ConfigError for one that is no number from 0 on, or given twice */
export function checkWeights(weights: readonly Weight[]): void {
  for (const [i, { key, weight }] of weights.entries()) {
    if (!(weight >= 0 && weight <= 1000)) throw new ConfigError(`weight of ${key}: expected 0 to 1000, got ${weight}`)
    if (weights.findIndex((other) => other.key === key) < i) throw new ConfigError(`weight of ${key}: given twice`)
  }
}
