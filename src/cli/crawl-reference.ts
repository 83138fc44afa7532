/** The options of crawl configs as Markdown, made from their declarations: the end of `docs/crawling.md`. */
import { BUDGET, FETCH, OUTPUT, POLITENESS, SCOPE } from '../crawl/settings.js'
import { optionTable } from './stage-reference.js'

const SECTIONS = { scope: SCOPE, budget: BUDGET, politeness: POLITENESS, fetch: FETCH, output: OUTPUT }

export function crawlReference(): string {
  const parts = Object.entries(SECTIONS).map(([name, options]) =>
    [`### ${name}`, '', ...optionTable(options)].join('\n'),
  )
  return `${parts.join('\n\n')}\n`
}
