/**
 * Identifies the language of a document by its character n-grams and words (fastText's lid.176: Joulin et al. 2016, "Bag of
 * Tricks for Efficient Text Classification") and keeps the wanted languages, by the rule of datatrove 0.10's LanguageFilter:
 * a document passes when any wanted label, not only the best, scores more than `scoreMin`.
 */

import type { Classifier } from '../src/classify/classifier.js'
import { loadFastTextModel } from '../src/classify/fasttext-model.js'
import { loadFastTextWasmModel } from '../src/classify/fasttext-wasm.js'
import { readShippedModel, SHIPPED_MODEL_NAME } from '../src/classify/shipped-model.js'
import { ConfigError } from '../src/errors/errors.js'
import { filterAction, integer, listOf, number, oneOf, path, string } from '../src/stage/options.js'
import { drop, edit } from '../src/stage/outcome.js'
import { defineStage, type Resources } from '../src/stage/stage.js'

export default defineStage({
  kind: 'each',
  summary: 'identify the language of a document and keep the wanted ones',
  source: "fastText lid.176 (Joulin et al. 2016); the rule of datatrove 0.10's LanguageFilter",
  options: {
    languages: listOf(string({ meaning: 'a label of the model' }), {
      default: [],
      meaning: 'Labels to keep, as the model writes them (lid.176: ISO 639-1 codes, else 639-3). None: any language.',
    }),
    scoreMin: number({
      default: 0.65,
      min: 0,
      max: 1,
      unit: 'probability',
      meaning: 'A document passes when a wanted label scores more than this.',
    }),
    engine: oneOf(['millrace', 'fasttext'], {
      default: 'millrace',
      meaning: 'What scores: our own reader of fastText models, or the original compiled to WASM, which is slower.',
    }),
    model: path({
      default: '',
      meaning: 'A supervised fastText model (.ftz, .bin). None: lid.176, which ships along.',
    }),
    lengthMax: integer({
      default: 0,
      min: 0,
      unit: 'UTF-16 units',
      meaning: 'Looks at no more than the beginning of a text. 0: all of it.',
    }),
    action: filterAction(),
  },
  signals: {
    language: { type: 'string', meaning: 'the best label' },
    languageScore: { type: 'number', unit: 'probability', meaning: 'score of the best label' },
    languageMargin: { type: 'number', unit: 'probability', meaning: 'how far the second label lies behind the best' },
    languageWantedScore: {
      type: 'number',
      unit: 'probability',
      meaning: 'score of the best wanted label, where languages are given; 0 when too low to matter',
    },
  },
  examples: [
    {
      text: 'The ferry leaves the harbour at seven in the morning and comes back before it gets dark.',
      options: { languages: ['en'] },
      drop: null,
    },
    {
      text: 'Die Fähre verlässt den Hafen um sieben Uhr morgens und kommt vor der Dunkelheit zurück.',
      options: { languages: ['en'] },
      drop: 'language',
    },
    { text: 'asdf 123 qwer', options: { languages: ['en', 'de'] }, drop: 'languageScore' },
  ],

  async prepare(options, resources) {
    const model = await loadModel(options.engine, options.model, resources)
    const wanted = new Set(options.languages)
    for (const language of wanted) {
      if (!model.labels.includes(language)) {
        throw new ConfigError(
          `detect-language: languages: the model has no label "${language}"; it has ${model.labels.toSorted().join(', ')}`,
        )
      }
    }
    const { scoreMin, lengthMax } = options
    const labelsMax = wanted.size === 0 ? 2 : Math.max(2, labelsThatCanExceed(scoreMin, model))

    return (document) => {
      const predictions = model.predict(beginning(document.text, lengthMax), labelsMax)
      const language = predictions[0]?.label ?? ''
      const languageScore = predictions[0]?.score ?? 0
      const languageMargin = languageScore - (predictions[1]?.score ?? 0)
      const measured = { language, languageScore, languageMargin }
      if (wanted.size === 0) {
        if (options.action === 'annotate' || languageScore > scoreMin) return edit({ language }, measured)
        return drop('languageScore', measured, [], { language })
      }
      const languageWantedScore = predictions.find((prediction) => wanted.has(prediction.label))?.score ?? 0
      const signals = { ...measured, languageWantedScore }
      if (options.action === 'annotate' || languageWantedScore > scoreMin) return edit({ language }, signals)
      return drop(wanted.has(language) ? 'languageScore' : 'language', signals, [], { language })
    }
  },
})

async function loadModel(engine: string, file: string, resources: Resources): Promise<Classifier> {
  const bytes = file === '' ? await readShippedModel() : await resources.readFile(file)
  const load = engine === 'fasttext' ? loadFastTextWasmModel : loadFastTextModel
  return load(bytes, file === '' ? SHIPPED_MODEL_NAME : file)
}

/** How many labels of one text can score more than `score`. */
function labelsThatCanExceed(score: number, model: Classifier): number {
  const count = model.labels.length
  return model.exclusive && score > 0 ? Math.min(count, Math.ceil(1 / score)) : count
}

/** The first `lengthMax` units, one fewer where a surrogate pair would be cut; 0 for the whole text. */
function beginning(text: string, lengthMax: number): string {
  if (lengthMax === 0 || text.length <= lengthMax) return text
  const last = text.charCodeAt(lengthMax - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? lengthMax - 1 : lengthMax)
}
