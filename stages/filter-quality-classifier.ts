/**
 * How likely a text is of the good kind, by a classifier trained on curated texts against random pages of the web (DCLM: Li et
 * al. 2024, arXiv 2406.11794, section 4.4), and drops what is too unlikely. `millrace classifier train` makes such models;
 * DCLM's own (fasttext-oh-eli5) is read as it is published. select-quality-classifier keeps the best share of a corpus instead.
 */
import { GOOD_LABEL_OPTIONS, GOOD_LABEL_SIGNAL, goodLabelScorer } from '../src/classify/good-label.js'
import { shareModel } from '../src/classify/shared-model.js'
import { filterAction, number } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'each',
  summary: 'score how likely a text is of the good kind by a fastText classifier, and drop what is too unlikely',
  source: 'DCLM: Li et al. 2024, arXiv 2406.11794; mlfoundations/dclm',
  options: {
    ...GOOD_LABEL_OPTIONS,
    scoreMin: number({
      default: 0.5,
      min: 0,
      max: 1,
      unit: 'probability',
      meaning: 'A document passes when it scores at least this.',
    }),
    action: filterAction(),
  },
  profiles: { dclm: { label: 'hq', scoreMin: 0.018112 } },
  signals: {
    score: GOOD_LABEL_SIGNAL,
  },
  examples: [
    {
      text: 'Many people live in this part of the city.',
      options: { model: 'models/toxicity-en/toxicity-en.ftz', label: 'nontoxic' },
      drop: null,
    },
    {
      text: 'Many people live in this part of the city.',
      options: { model: 'models/toxicity-en/toxicity-en.ftz', label: 'profane' },
      drop: 'score',
    },
  ],

  share: ({ model }, resources) => shareModel(model, resources),

  prepare({ scoreMin, action, ...options }, resources) {
    const scoreOf = goodLabelScorer(options, resources)
    return ({ text }) => {
      const score = scoreOf(text)
      return action === 'drop' && score < scoreMin ? drop('score', { score }) : keep({ score })
    }
  },
})
