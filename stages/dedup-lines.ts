/** Removes lines that a document repeats: all copies within it but the first. */
import { normalizePart, withoutParts } from '../src/dedup/parts.js'
import { removalAction } from '../src/dedup/removal.js'
import { integer, oneOf } from '../src/stage/options.js'
import { edit, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'
import { splitAtLineFeeds } from '../src/text/lines.js'

export default defineStage({
  kind: 'each',
  summary: 'remove lines that a document repeats',
  options: {
    compare: oneOf(['normalized', 'exact'], {
      default: 'exact',
      meaning: 'equal but for white space at the ends; or without case, punctuation and the value of digits',
    }),
    lengthMin: integer({
      default: 1,
      min: 1,
      unit: 'characters',
      meaning: 'lines that are shorter once they are compared are left alone',
    }),
    action: removalAction('lines'),
  },
  signals: { repeatedLines: { type: 'number', unit: 'lines', meaning: 'lines with an equal one before them' } },
  examples: [
    { text: 'Share this\nA story.\nShare this\nThe end.', drop: null, becomes: 'Share this\nA story.\nThe end.' },
    { text: 'a\n\nb\n\nc', drop: null, signals: { repeatedLines: 0 } },
  ],
  prepare:
    ({ compare, lengthMin, action }) =>
    ({ text }) => {
      const lines = splitAtLineFeeds(text, 1)
      const seen = new Set<string>()
      const repeated: number[] = []
      for (let number = 0; number * 2 < lines.length; number++) {
        const line = text.slice(lines[number * 2], lines[number * 2 + 1])
        const content = compare === 'exact' ? line.trim() : normalizePart(line)
        if (content.length < lengthMin) continue
        if (seen.has(content)) repeated.push(number)
        else seen.add(content)
      }
      const signals = { repeatedLines: repeated.length }
      if (action === 'annotate' || repeated.length === 0) return keep(signals)
      return edit({ text: withoutParts(text, lines, repeated) }, signals)
    },
})
