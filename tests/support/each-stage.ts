/** Prepares per-document stages for tests. */
import type { Document } from '../../src/document/document.js'
import type { OptionDeclarations, OptionValues } from '../../src/stage/options.js'
import type { Outcome } from '../../src/stage/outcome.js'
import type { EachStage, Resources } from '../../src/stage/stage.js'
import { documentOf, RESOURCES } from './dedup.js'

/** The stage as a function of a text, with its defaults but for `over`. */
export async function prepared<D extends OptionDeclarations>(
  stage: EachStage<D>,
  over: Partial<OptionValues<D>> = {},
  resources: Resources = RESOURCES,
): Promise<(text: string, fields?: Partial<Document>) => Outcome> {
  const defaults = Object.fromEntries(Object.entries(stage.options).map(([name, option]) => [name, option.default]))
  const work = await stage.prepare({ ...defaults, ...over } as OptionValues<D>, resources) // each default has its option's type
  return (text, fields = {}) => work(documentOf({ text, ...fields }))
}
