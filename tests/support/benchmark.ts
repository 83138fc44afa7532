/** Benchmark items of our own making, indexes of them, and copies as the web makes them. */
import type { BenchmarkItem } from '../../src/decontamination/benchmark-file.js'
import { IndexBuilder, type IndexRule } from '../../src/decontamination/index-builder.js'
import { NgramIndex } from '../../src/decontamination/ngram-index.js'
import type { Resources } from '../../src/stage/stage.js'
import { RESOURCES } from './dedup.js'
import type { Random } from './random.js'

export const RULE: IndexRule = { ngramLength: 13, shortMin: 5, itemsMax: 3 }

export function indexOf(items: readonly BenchmarkItem[], rule: Partial<IndexRule> = {}): NgramIndex {
  const builder = new IndexBuilder({ ...RULE, ...rule })
  for (const item of items) builder.add(item)
  return new NgramIndex(builder.finish())
}

/** Resources of a stage that reads this one file. */
export function fileResources(content: string | Uint8Array): Resources {
  return { ...RESOURCES, readFile: async () => Buffer.from(content) }
}

const PEOPLE = ['Zoë', "Mrs O'Hara", 'Łukasz', 'Nguyễn', 'Anna-Lena', 'Dr. Petrov', 'Aïcha', 'Tom']
const THINGS = ['well-made crates', 'copper kettles', "farmers' carts", 'bolts of cloth', 'lamps', 'half-empty barrels']
const DEEDS = ['sells', 'mends', 'carries', "doesn't count", 'borrows', 're-weighs', 'buries']
const PLACES = ['by the old mill', 'at the harbor (east side)', 'in the attic', 'on the 3rd floor', 'behind St. Mary’s']

/** An arithmetic story; no two are the same. */
export function story(random: Random, number: number): { prompt: string; target: string } {
  const sentences = Array.from({ length: 3 + random.below(3) }, () => {
    const count =
      random.below(2) === 0 ? `${1 + random.below(9)},${100 + random.below(900)}` : String(2 + random.below(90))
    const price = `$${1 + random.below(20)}.${10 + random.below(90)}`
    return `${random.pick(PEOPLE)} ${random.pick(DEEDS)} ${count} ${random.pick(THINGS)} ${random.pick(PLACES)}, for ${price} each.`
  })
  return {
    prompt: `${sentences.join(' ')} How much is that in week no. ${number}, if nothing is left over?`,
    target: `In week ${number}: ${number} x 7 = ${number * 7} — so it's ${number * 7}.`,
  }
}

const PUNCTUATION = /[^\p{L}\p{N}\p{M}\s_]/gu

/** Copies that are the same text to a reader. */
export const FORMATTINGS: Readonly<Record<string, (text: string) => string>> = {
  exact: (text) => text,
  'upper case': (text) => text.toUpperCase(),
  'lower case': (text) => text.toLowerCase(),
  'title case': (text) => text.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase()),
  'no punctuation': (text) => text.replace(PUNCTUATION, ''),
  'punctuation as spaces': (text) => text.replace(PUNCTUATION, ' '),
  'other punctuation': (text) => text.replace(PUNCTUATION, '*'),
  'more punctuation': (text) => text.replace(/\s+/g, ', "'),
  'curly quotes and dashes': (text) => text.replaceAll("'", '’').replaceAll('-', '–'),
  'one line a word': (text) => text.replace(/\s+/g, '\r\n'),
  'wide spaces': (text) => text.replace(/\s+/g, '\u00a0\u3000\t'),
  'decomposed letters': (text) => text.normalize('NFD'),
  'no accents': (text) => text.normalize('NFD').replace(/\p{Mn}/gu, ''),
  'full width': (text) => text.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)),
  'soft hyphens': (text) => text.replace(/(\p{L})(\p{L})/gu, '$1\u00ad$2'),
  'zero-width spaces': (text) => text.replace(/(\p{L})(\p{L})/gu, '$1\u200b$2'),
}
