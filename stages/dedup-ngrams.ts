/** Removes paragraphs most of whose word n-grams stand earlier in the corpus. */
import { remainingLengthMin, removal, removalAction } from '../src/dedup/removal.js'
import { ngramCount, ngramEmitter, occurrence, SEEN_ROUNDS, seenCounts } from '../src/dedup/seen-ngrams.js'
import { Shingler } from '../src/dedup/shingles.js'
import { integer, number, oneOf } from '../src/stage/options.js'
import { keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'
import { type Ranges, splitAtLineFeeds } from '../src/text/lines.js'

export default defineStage({
  kind: 'corpus',
  summary: 'remove paragraphs most of whose word n-grams other documents hold too',
  source:
    'Dolma: Soldaini et al. 2024, arXiv 2402.00159 (its paragraph Bloom filter); DCLM: Li et al. 2024, arXiv 2406.11794',
  options: {
    ngramWords: integer({ default: 13, min: 1, max: 1000, unit: 'words', meaning: 'words of an n-gram' }),
    short: oneOf(['skip', 'whole'], {
      default: 'skip',
      meaning: 'paragraphs with fewer words than an n-gram: left alone, or compared as a whole',
    }),
    overlapMin: number({
      default: 0.8,
      min: 0,
      max: 1,
      meaning: 'a paragraph goes when this share of its n-grams, or more, stand earlier',
    }),
    spaceless: oneOf(['characters', 'runs'], {
      default: 'characters',
      meaning: 'words of scripts written without spaces: single characters, or unbroken runs of letters',
    }),
    textLengthMin: remainingLengthMin,
    action: removalAction('paragraphs'),
  },
  signals: {
    repeatedParagraphs: { type: 'number', unit: 'paragraphs', meaning: 'paragraphs at or above the overlap' },
    seenShare: { type: 'number', meaning: 'share of all n-grams of the document that stand earlier in the corpus' },
  },
  examples: [{ text: 'A document alone repeats nobody.', drop: null, signals: {} }],
  corpus: {
    collect({ ngramWords, short, spaceless }) {
      const shingler = new Shingler(ngramWords, spaceless)
      const emitNgrams = ngramEmitter(ngramWords)
      return ({ text, position }, emit) => {
        const paragraphs = splitAtLineFeeds(text, 1)
        for (let at = 0; at * 2 < paragraphs.length; at++) {
          const words = shingler.wordHashes(partAt(text, paragraphs, at))
          if (words.length >= (short === 'skip' ? ngramWords : 1)) emitNgrams(words, occurrence(position, at), emit)
        }
      }
    },
    rounds: SEEN_ROUNDS,
    settle(options) {
      const { ngramWords, short, overlapMin, spaceless } = options
      const shingler = new Shingler(ngramWords, spaceless)
      return ({ text }, decision) => {
        if (decision === undefined) return keep()
        const paragraphs = splitAtLineFeeds(text, 1)
        const counts = new Map(seenCounts(decision))
        const repeated: number[] = []
        let [seen, all] = [0, 0]
        for (let at = 0; at * 2 < paragraphs.length; at++) {
          const { length } = shingler.wordHashes(partAt(text, paragraphs, at))
          const own = short === 'skip' && length < ngramWords ? 0 : ngramCount(length, ngramWords)
          const count = counts.get(at) ?? 0
          if (own > 0 && count > 0 && count >= overlapMin * own) repeated.push(at)
          seen += count
          all += own
        }
        const signals = { repeatedParagraphs: repeated.length, seenShare: seen / all }
        return removal(text, paragraphs, repeated, options, 'repeatedParagraphs', signals)
      }
    },
  },
})

function partAt(text: string, parts: Ranges, at: number): string {
  return text.slice(parts[at * 2], parts[at * 2 + 1])
}
