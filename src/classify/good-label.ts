/** What the stages share that score how likely a text is of the good kind, with a fastText model (DCLM: Li et al. 2024). */
import { ConfigError } from '../errors/errors.js'
import { path, string } from '../stage/options.js'
import type { Resources, SignalDeclaration } from '../stage/stage.js'
import { scoreOf } from './classifier.js'
import { openSharedModel } from './shared-model.js'

export const GOOD_LABEL_OPTIONS = {
  model: path({ meaning: 'A supervised fastText model (.bin, .ftz).' }),
  label: string({ default: 'hq', meaning: "The label of good texts, without __label__. hq: that of DCLM's model." }),
}

export const GOOD_LABEL_SIGNAL: SignalDeclaration = {
  type: 'number',
  unit: 'probability',
  meaning: 'of the label, 0 where the model knows nothing of the text',
}

/** @throws ConfigError for a label that the model lacks */
export function goodLabelScorer(
  { model: name, label }: { readonly model: string; readonly label: string },
  resources: Pick<Resources, 'shared'>,
): (text: string) => number {
  const model = openSharedModel(resources.shared, name)
  if (!model.labels.includes(label)) {
    throw new ConfigError(`label: the model has no label "${label}"; it has ${model.labels.join(', ')}`)
  }
  return (text) => scoreOf(model, text, [label])
}
