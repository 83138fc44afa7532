/** Removes lines or paragraphs that stand in the corpus more than once, all copies but the first. */
import { normalizePart } from '../src/dedup/parts.js'
import { remainingLengthMin, removal, removalAction } from '../src/dedup/removal.js'
import { partEmitter, REPEAT_ROUNDS, repeatedNumbers } from '../src/dedup/repeated-parts.js'
import { integer, oneOf } from '../src/stage/options.js'
import { keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'
import { type Ranges, splitAtLineFeeds } from '../src/text/lines.js'

/** Line feeds between two parts. */
const RUN_MIN = { line: 1, paragraph: 2 } as const

export default defineStage({
  kind: 'corpus',
  summary: 'remove lines or paragraphs that other documents hold too',
  source: 'CCNet: Wenzek et al. 2020, arXiv 1911.00359, section 3.1',
  options: {
    unit: oneOf(['line', 'paragraph'], {
      default: 'line',
      meaning: 'what is compared: lines (extract-text writes a paragraph a line), or what stands between empty lines',
    }),
    compare: oneOf(['normalized', 'exact'], {
      default: 'normalized',
      meaning:
        'without case, punctuation and the value of digits, as CCNet does; or equal but for white space at the ends',
    }),
    copiesMin: integer({
      default: 2,
      min: 2,
      unit: 'copies',
      meaning: 'copies in the corpus that make a part repeated',
    }),
    keep: oneOf(['first', 'none'], { default: 'first', meaning: 'whether the first copy stays' }),
    lengthMin: integer({
      default: 1,
      min: 1,
      unit: 'characters',
      meaning: 'parts that are shorter once they are normalized are left alone; headings are often the same by chance',
    }),
    textLengthMin: remainingLengthMin,
    action: removalAction('parts'),
  },
  signals: {
    repeatedParts: { type: 'number', unit: 'parts', meaning: 'parts with an earlier copy (with keep: none, with any)' },
    repeatedShare: { type: 'number', meaning: 'their characters as a share of the text' },
  },
  examples: [{ text: 'Lines of one document alone.\nNone of them is repeated.', drop: null, signals: {} }],
  corpus: {
    collect({ unit, compare, lengthMin }) {
      return ({ text, position }, emit) => {
        const add = partEmitter(emit, position)
        const parts = splitAtLineFeeds(text, RUN_MIN[unit])
        for (let number = 0; number * 2 < parts.length; number++) {
          const part = text.slice(parts[number * 2], parts[number * 2 + 1])
          const content = compare === 'exact' ? part.trim() : normalizePart(part)
          if (content.length >= lengthMin) add(content, number)
        }
      }
    },
    rounds: REPEAT_ROUNDS,
    settle(options) {
      const { unit } = options
      return ({ text }, decision) => {
        if (decision === undefined) return keep()
        const parts = splitAtLineFeeds(text, RUN_MIN[unit])
        const repeated = repeatedNumbers(decision)
        const signals = { repeatedParts: repeated.length, repeatedShare: lengthOf(parts, repeated) / text.length }
        return removal(text, parts, repeated, options, 'repeatedParts', signals)
      }
    },
  },
})

function lengthOf(parts: Ranges, numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + parts[number * 2 + 1] - parts[number * 2], 0)
}
