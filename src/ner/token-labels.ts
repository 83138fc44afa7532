/**
 * Entities out of the labels that a model gives to the tokens of a sub-word vocabulary, in the schemes of published models: BIO
 * (IOB2), BIOES and BILOU, and types without any place (IO).
 *
 * A word's label is that of its first token (Devlin et al. 2019, section 5.3; `aggregation_strategy="first"` of Hugging Face
 * transformers), its score the label's probability there. Words of one type in a row are one entity, until one begins anew;
 * its score is that of the least sure word, as for the models of `millrace ner train`. What can't be (an entity that goes on
 * though none has begun) begins one.
 */
import type { Span } from '../document/document.js'
import { ConfigError } from '../errors/errors.js'
import { typeOfName } from './labels.js'

type Place = 'begin' | 'inside' | 'end' | 'single'

export interface TokenLabel {
  /** Place in `types`; -1 for no entity. */
  readonly type: number
  readonly place: Place
}

export interface TokenLabels {
  readonly types: readonly string[]
  /** In the order of the model's labels. */
  readonly labels: readonly TokenLabel[]
}

/** Token i is the units [units[2i], units[2i + 1]) of the text; `continues(i)`: it goes on with the word of the token before. */
export interface LabeledTokens {
  readonly units: Uint32Array
  continues(token: number): boolean
  /** The label of token i, and how probable it is. */
  best(token: number): { readonly label: number; readonly score: number }
}

export interface LabeledSpan extends Omit<Span, 'type'> {
  /** Place in `types`. */
  readonly type: number
}

const PLACES: Readonly<Record<string, Place>> = {
  B: 'begin',
  I: 'inside',
  M: 'inside',
  E: 'end',
  L: 'end',
  S: 'single',
  U: 'single',
}
const LABEL = /^([BIMELSU])[-_](.+)$/
const TYPE = /^[a-z][A-Za-z0-9]*$/

/** @param names the model's labels, in the order of its logits. Throws ConfigError. */
export function readTokenLabels(names: readonly string[]): TokenLabels {
  const types: string[] = []
  const labels = names.map((name): TokenLabel => {
    if (name === 'O') return { type: -1, place: 'single' }
    const { place, own } = placeOf(name, names)
    const type = typeOfLabel(own)
    if (!TYPE.test(type)) {
      throw new ConfigError(`labels: expected names of letters and digits, as B-PER, got ${JSON.stringify(name)}`)
    }
    if (!types.includes(type)) types.push(type)
    return { type: types.indexOf(type), place }
  })
  if (!names.includes('O')) {
    throw new ConfigError(
      `labels: expected "O", for what is no entity, among them, got ${names.slice(0, 12).join(', ')}`,
    )
  }
  return { types, labels }
}

/** A prefix other than B and I counts beside one of those, so that E-MAIL is a type; what has none is inside. */
function placeOf(name: string, names: readonly string[]): { place: Place; own: string } {
  const [, letter, own] = LABEL.exec(name) ?? []
  const isPlace = letter === 'B' || letter === 'I' || ['B', 'I'].some((other) => names.includes(other + name.slice(1)))
  return letter !== undefined && isPlace ? { place: PLACES[letter], own } : { place: 'inside', own: name }
}

/** `person` for PER, our own names for what others call as we do; others keep theirs: `creditCard` for CREDIT_CARD. */
export function typeOfLabel(name: string): string {
  const known = typeOfName(name)
  if (known !== undefined) return known
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  // A name with small letters in it has its own capitals: phoneNumber.
  return words
    .map((word) => (/[a-z]/.test(word) ? word : word.toLowerCase()))
    .map((word, i) => (i === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join('')
}

/** Entities in order, none overlapping; without white space at their ends, with the marks that belong to their last character. */
export function entitiesOfTokens(text: string, tokens: LabeledTokens, { labels }: TokenLabels): LabeledSpan[] {
  const found: LabeledSpan[] = []
  /** The last one found may go on. */
  let isOpen = false
  const count = tokens.units.length / 2
  for (let token = 0; token < count; ) {
    let next = token + 1
    while (next < count && tokens.continues(next)) next++
    const { start, end } = trimmed(text, tokens.units[2 * token], tokens.units[2 * next - 1])
    const { label, score } = tokens.best(token)
    token = next
    if (start >= end) continue // white space alone says nothing
    const { type, place } = labels[label]
    const last = found.at(-1)
    if (isOpen && last?.type === type && (place === 'inside' || place === 'end')) {
      found[found.length - 1] = { ...last, end, score: Math.min(last.score, score) }
    } else if (type >= 0) found.push({ start, end, type, score })
    isOpen = type >= 0 && (place === 'begin' || place === 'inside')
  }
  return found
}

const SPACE = /\s/
const MARK = /^\p{M}/u

function trimmed(text: string, from: number, to: number): { start: number; end: number } {
  let [start, end] = [from, to]
  while (start < end && SPACE.test(text.charAt(start))) start++
  while (end > start && SPACE.test(text.charAt(end - 1))) end--
  // A normalizer that strips accents leaves those behind a word's last letter out of it.
  if (end > start) for (let mark = markAt(text, end); mark > 0; mark = markAt(text, end)) end += mark
  return { start, end }
}

/** Units of the mark that stands here; 0 for none. */
function markAt(text: string, at: number): number {
  return MARK.exec(text.slice(at, at + 2))?.[0].length ?? 0
}
