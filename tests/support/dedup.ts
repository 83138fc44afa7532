/** Documents and options for tests of corpus stages. */
import type { Document } from '../../src/document/document.js'
import type { OptionDeclarations, OptionValues } from '../../src/stage/options.js'
import type { CorpusStage, Resources } from '../../src/stage/stage.js'

export const RESOURCES: Resources = {
  seed: 1,
  shared: [],
  readFile: () => Promise.reject(new Error('this stage reads no files')),
  openFile: () => {
    throw new Error('this stage opens no files')
  },
}

/** A document with these fields, the others empty. */
export function documentOf(fields: Partial<Document>): Document {
  const place = { file: 'test.jsonl', offset: 0, length: 0, sub: 0, position: { shard: 0, row: 0 } }
  return { id: '', url: '', text: '', date: '', language: '', metadata: {}, raw: null, ...place, ...fields }
}

/** The stage's defaults, with `over` in their place. */
export function optionsOf<D extends OptionDeclarations>(
  stage: CorpusStage<D>,
  over: Record<string, unknown> = {},
): OptionValues<D> {
  const defaults = Object.entries(stage.options).map(([name, option]) => [name, option.default])
  return { ...Object.fromEntries(defaults), ...over } as OptionValues<D> // each default has its option's type
}

/** The probability that two documents share a band (Leskovec, Rajaraman, Ullman, section 3.4.2). */
export function bandProbability(similarity: number, bands: number, rows: number): number {
  return 1 - (1 - similarity ** rows) ** bands
}
