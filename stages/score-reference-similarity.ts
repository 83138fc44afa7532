/** How like a corpus of good texts a text is by its words: TF-IDF cosine. `millrace classifier reference` makes the reference. */
import { readReference, similarity } from '../src/classify/reference.js'
import { filterAction, number, path } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'each',
  summary: 'score how like a reference corpus a text is by its words',
  source: 'TF-IDF: Salton and Buckley 1988; weights as scikit-learn smooths them',
  options: {
    reference: path({ default: '', meaning: 'A file made by millrace classifier reference. None: nothing is scored.' }),
    similarityMin: number({
      default: 0,
      min: 0,
      max: 1,
      meaning: 'With action: drop, a document passes when it scores at least this.',
    }),
    action: filterAction('annotate'),
  },
  signals: {
    similarity: { type: 'number', meaning: 'cosine of the text and the mean of the reference; missing without one' },
  },
  examples: [{ text: 'Without a reference, nothing is scored.', drop: null, signals: {} }],

  async prepare({ reference: file, similarityMin, action }, resources) {
    if (file === '') return () => keep()
    const reference = readReference(await resources.readFile(file), file)
    return ({ text }) => {
      const signals = { similarity: similarity(reference, text) }
      return action === 'drop' && signals.similarity < similarityMin ? drop('similarity', signals) : keep(signals)
    }
  },
})
