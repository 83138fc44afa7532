/** What a sound config says that is probably not meant: told before a run, stops nothing. */
import type { RunConfig } from './settings.js'
import { loadStage } from './stage-loader.js'

/** `en`, `ceb`, `zh-Hant`, `eng_Latn`: how models and crawls write languages. */
const LANGUAGE_CODE = /^[a-z]{2,3}([_-][A-Za-z0-9]+)*$/

/** One sentence each, in the order of the stages. */
export async function configWarnings({ input, stages }: RunConfig): Promise<string[]> {
  const warnings: string[] = []
  // Lines of JSON may bring their language along; a page of a crawl has none before a stage finds it.
  let hasLanguage = input.stage === 'read-jsonl'
  if (stages.length === 0) warnings.push('stages: none given, so every document is kept as it is read')
  for (const { as, stage, when } of stages) {
    const strange = when?.language.filter((code) => !LANGUAGE_CODE.test(code)) ?? []
    if (strange.length > 0) {
      warnings.push(
        `${as}: when: language: expected codes, as en or deu, got ${strange.join(', ')}: may match no document`,
      )
    } else if (when !== null && !hasLanguage) {
      warnings.push(`${as}: when: stands before any stage that finds the language: may match no document`)
    }
    hasLanguage ||= Object.hasOwn((await loadStage(stage)).signals ?? {}, 'language')
  }
  const tokenized = stages.findIndex(({ stage }) => stage === 'tokenize')
  const later = stages.slice(tokenized + 1).find(({ stage }) => stage.startsWith('mask-'))
  if (tokenized >= 0 && later !== undefined) {
    warnings.push(`${stages[tokenized]?.as}: stands before ${later.as}, so its shards hold what that masks`)
  }
  return warnings
}

/** Where a finished run shows it: stages with a `when` that no document met, though documents came. */
export function unmetLimits(
  stages: RunConfig['stages'],
  counts: Readonly<Record<string, { readonly in: number } | undefined>>,
): string[] {
  return stages.flatMap(({ as, when }) =>
    when !== null && (counts[as]?.in ?? 0) === 0
      ? [`${as}: no document met its when: language: ${when.language.join(', ')}`]
      : [],
  )
}
