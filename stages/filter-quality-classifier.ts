/**
 * How likely a text is of the good kind, by a classifier trained on curated texts against random pages of the web (DCLM: Li et
 * al. 2024, arXiv 2406.11794, section 4.4), and drops what is too unlikely. `millrace classifier train` makes such models;
 * DCLM's own (fasttext-oh-eli5) is read as it is published.
 */
import { scoreOf } from '../src/classify/classifier.js'
import { openSharedModel, shareModel } from '../src/classify/shared-model.js'
import { ConfigError } from '../src/errors/errors.js'
import { filterAction, number, path, string } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'each',
  summary: 'score how likely a text is of the good kind by a fastText classifier, and drop what is too unlikely',
  source: 'DCLM: Li et al. 2024, arXiv 2406.11794; mlfoundations/dclm',
  options: {
    model: path({ meaning: 'A supervised fastText model (.bin, .ftz).' }),
    label: string({ default: 'hq', meaning: "The label of good texts, without __label__. hq: that of DCLM's model." }),
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
    score: {
      type: 'number',
      unit: 'probability',
      meaning: 'of the label, 0 where the model knows nothing of the text',
    },
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

  prepare({ model: name, label, scoreMin, action }, resources) {
    const model = openSharedModel(resources.shared, name)
    if (!model.labels.includes(label)) {
      throw new ConfigError(`label: the model has no label "${label}"; it has ${model.labels.join(', ')}`)
    }
    return ({ text }) => {
      const score = scoreOf(model, text, [label])
      return action === 'drop' && score < scoreMin ? drop('score', { score }) : keep({ score })
    }
  },
})
