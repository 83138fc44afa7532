/**
 * Scores how toxic a text is, as a whole and by its sentences, and drops what is so for the most part. What talks about
 * violence, hatred or a group of people is no more than that: a document is dropped for the share of its sentences that score
 * above a high threshold, never for a few of them, and never for the score of the whole.
 */

import { scoreOf } from '../src/classify/classifier.js'
import { openSharedModel, shareModel } from '../src/classify/shared-model.js'
import { shippedToxicityModelPath } from '../src/classify/shipped-model.js'
import { toxicityText } from '../src/classify/toxicity-text.js'
import type { Span } from '../src/document/document.js'
import { ConfigError } from '../src/errors/errors.js'
import { filterAction, integer, listOf, number, oneOf, path, string } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'
import { sentenceSpans } from '../src/text/sentence-spans.js'

/** Sentences with the greatest scores that become spans. */
const SPANS_MAX = 100

export default defineStage({
  kind: 'each',
  summary: 'score how toxic a text and its sentences are, and drop what is toxic for the most part',
  source: 'fastText: Joulin et al. 2016; groups of people as one word after Dixon et al. 2018; models/toxicity-en',
  options: {
    model: path({
      default: '',
      meaning: 'A supervised fastText model (.bin, .ftz). None: toxicity-en, which ships along and knows English only.',
    }),
    labels: listOf(string({ meaning: 'a label of the model' }), {
      default: ['toxic'],
      meaning: 'Labels whose scores are added up.',
    }),
    text: oneOf(['groups', 'plain'], {
      default: 'groups',
      meaning: 'What the model was trained on. groups: as scripts/make-toxicity-texts.js writes it; plain: the text.',
    }),
    scoreMin: number({
      default: 0.9,
      min: 0,
      max: 1,
      unit: 'probability',
      meaning: 'A sentence is toxic when it scores more than this.',
    }),
    shareMax: number({
      default: 0.5,
      min: 0,
      max: 1,
      unit: 'share',
      meaning: 'Toxic sentences of all that a document may have, counted by their characters.',
    }),
    sentenceLengthMin: integer({
      default: 10,
      min: 1,
      unit: 'UTF-16 units',
      meaning: 'Shorter sentences are not scored, and count as not toxic.',
    }),
    action: filterAction(),
  },
  signals: {
    score: { type: 'number', unit: 'probability', meaning: 'of the whole text' },
    sentenceScoreMax: { type: 'number', unit: 'probability', meaning: 'greatest score of a sentence, 0 of none' },
    sentenceCount: { type: 'number', unit: 'sentences', meaning: 'sentences' },
    toxicSentenceCount: { type: 'number', unit: 'sentences', meaning: 'sentences that score more than scoreMin' },
    toxicShare: { type: 'number', unit: 'share', meaning: 'characters in toxic sentences, of those in all sentences' },
  },
  examples: [
    { text: '', drop: null, signals: { score: 0, sentenceScoreMax: 0, sentenceCount: 0, toxicShare: 0 } },
    {
      text: 'Many immigrants live in this part of the city. The council asked them about housing and work.',
      drop: null,
      signals: { sentenceCount: 2, toxicSentenceCount: 0 },
    },
    {
      text: 'The report describes how Jewish families were persecuted and killed, and how few of the guilty were tried.',
      drop: null,
    },
    { text: 'Immigrants are disgusting animals. I hate all immigrants.', drop: 'toxicShare' },
    {
      text: 'Immigrants are disgusting animals. I hate all immigrants.',
      options: { action: 'annotate' },
      drop: null,
    },
  ],

  share: ({ model }, resources) => shareModel(modelPath(model), resources),

  prepare({ model: name, labels, text: form, scoreMin, shareMax, sentenceLengthMin, action }, resources) {
    const model = openSharedModel(resources.shared, modelPath(name))
    for (const label of labels) {
      if (!model.labels.includes(label)) {
        throw new ConfigError(`labels: the model has no label "${label}"; it has ${model.labels.join(', ')}`)
      }
    }
    const scored = (text: string) => scoreOf(model, form === 'groups' ? toxicityText(text) : text, labels)

    return ({ text }) => {
      const sentences = sentenceSpans(text)
      const spans: Span[] = []
      let [sentenceScoreMax, characters, toxicCharacters] = [0, 0, 0]
      for (const { start, end } of sentences) {
        characters += end - start
        if (end - start < sentenceLengthMin) continue
        const score = scored(text.slice(start, end))
        sentenceScoreMax = Math.max(sentenceScoreMax, score)
        if (score <= scoreMin) continue
        toxicCharacters += end - start
        spans.push({ start, end, type: 'toxic', score })
      }
      const toxicShare = characters === 0 ? 0 : toxicCharacters / characters
      const signals = {
        score: characters === 0 ? 0 : scored(text),
        sentenceScoreMax,
        sentenceCount: sentences.length,
        toxicSentenceCount: spans.length,
        toxicShare,
      }
      const shown = strongest(spans)
      return action === 'drop' && toxicShare > shareMax ? drop('toxicShare', signals, shown) : keep(signals, shown)
    }
  },
})

function modelPath(model: string): string {
  const found = model === '' ? shippedToxicityModelPath() : model
  if (found === null) throw new ConfigError('model: expected a path, as no model ships with this installation')
  return found
}

/** In order of the text. */
function strongest(spans: readonly Span[]): readonly Span[] {
  if (spans.length <= SPANS_MAX) return spans
  const best = spans.toSorted((a, b) => b.score - a.score || a.start - b.start).slice(0, SPANS_MAX)
  return best.sort((a, b) => a.start - b.start)
}
