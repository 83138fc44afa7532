/**
 * How surprising a text is to a language model trained on good text: low for prose like it, high for lists, menus, other
 * languages and noise (CCNet: Wenzek et al. 2020, arXiv 1911.00359). Perplexity as CCNet defines it, over lines.
 * Compare only perplexities of one model and one form of text.
 */
import { ConfigError } from '../src/errors/errors.js'
import { BUCKETS_OPTION, bucketRule, CUTOFFS_OPTION } from '../src/lm/cutoffs.js'
import {
  CCNET_PROFILE,
  documentPerplexity,
  medianOf,
  PERPLEXITY_SIGNAL,
  prepareScorer,
  SCORER_OPTIONS,
  shareModel,
} from '../src/lm/text-scorer.js'
import { filterAction, number } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'each',
  summary: 'measure how surprising a text is to an n-gram language model, and drop what is too much so or too little',
  source: 'CCNet: Wenzek et al. 2020, arXiv 1911.00359; facebookresearch/cc_net',
  options: {
    ...SCORER_OPTIONS,
    perplexityMin: number({ default: 0, min: 0, meaning: 'Least perplexity: below it are repetitions and templates.' }),
    perplexityMax: number({ default: 0, min: 0, meaning: 'Greatest perplexity. 0: no limit.' }),
    cutoffs: CUTOFFS_OPTION,
    buckets: BUCKETS_OPTION,
    action: filterAction('annotate'),
  },
  profiles: { 'cc-net': CCNET_PROFILE },
  signals: {
    perplexity: PERPLEXITY_SIGNAL,
    log10PerToken: {
      type: 'number',
      unit: 'log10',
      meaning: 'mean log10 probability of a token, sentence ends included',
    },
    tokenCount: { type: 'number', unit: 'tokens', meaning: 'tokens, sentence ends not included' },
    oovShare: { type: 'number', unit: 'share', meaning: 'tokens that the model lacks, 0 without any token' },
    linePerplexityMedian: {
      type: 'number',
      meaning: 'median perplexity of a sentence, which is a line or the document',
    },
    linePerplexityMax: { type: 'number', meaning: 'greatest perplexity of a sentence' },
    bucket: { type: 'string', meaning: 'head, middle or tail by the cutoffs of its language, else all' },
  },
  examples: [
    { text: '', drop: null, signals: { tokenCount: 0, oovShare: 0 } },
    { text: '', options: { action: 'drop', perplexityMax: 5000 }, drop: 'empty' },
    {
      text: 'The town lies on the river, and it was one of the first in the country to have a railway.',
      options: { action: 'drop', perplexityMax: 5000 },
      drop: null,
      signals: { tokenCount: 22 },
    },
    {
      text: 'qwxz vbrt login mnbv | zxcv » asdf | tyui rtgh',
      options: { action: 'drop', perplexityMax: 5000 },
      drop: 'perplexityMax',
    },
  ],

  share: shareModel,

  async prepare(options, resources) {
    const { perplexityMin, perplexityMax, action } = options
    const score = await prepareScorer(options, resources)
    const rule = await bucketRule(options, (path) => resources.readFile(path))
    if (action === 'drop' && perplexityMin === 0 && perplexityMax === 0 && !rule.drops) {
      throw new ConfigError('action: drop: expected perplexityMin, perplexityMax or buckets with it, got none')
    }

    return ({ text, language }) => {
      const scored = score(text)
      const perplexity = documentPerplexity(scored)
      const bucket = rule.bucketOf(language, perplexity)
      const { log10, tokenCount, sentenceCount, oovCount, perplexities } = scored
      const signals = {
        tokenCount,
        oovShare: tokenCount === 0 ? 0 : oovCount / tokenCount,
        ...(perplexity !== null && {
          perplexity,
          log10PerToken: log10 / (tokenCount + sentenceCount),
          linePerplexityMedian: medianOf(perplexities),
          linePerplexityMax: perplexities.reduce((max, value) => Math.max(max, value), 0),
        }),
        ...(bucket !== null && { bucket }),
      }
      if (action === 'annotate') return keep(signals)
      if (perplexity === null) return drop('empty', signals)
      if (perplexity < perplexityMin) return drop('perplexityMin', signals)
      if (perplexityMax > 0 && perplexity > perplexityMax) return drop('perplexityMax', signals)
      if (!rule.passes(bucket)) return drop('bucket', signals)
      return keep(signals)
    }
  },
})
