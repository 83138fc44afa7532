/** Statistics of a tokenised corpus as lines for a terminal. */
import { EPOCHS_MAX, type GroupSummary, type TokenSummary, type TokenUse } from '../tokenizer/token-summary.js'
import { printable, type Terminal } from './terminal.js'
import { bytesText, clip, countText, shareText, tableLines } from './text.js'

const GROUPS_SHOWN = 20
const TOKENS_SHOWN = 10
const TOKEN_WIDTH = 40

/** `groupsShown` languages and sources, those with the most tokens. */
export function tokenStatisticsLines(summary: TokenSummary, terminal: Terminal, groupsShown = GROUPS_SHOWN): string[] {
  const { all, unused, rare } = summary
  const heading = (text: string) => terminal.style('bold', text)
  const rareText = rare.map(({ below, count }) => `${countText(count)} fewer than ${countText(below)} times`).join(', ')
  return [
    heading(`${countText(all.tokens)} tokens in ${countText(all.documents)} documents, ${bytesText(all.bytes)}`),
    '',
    ...groupLines('language', [all, ...summary.languages], all, groupsShown + 1, terminal),
    ...(summary.sources.length > 1 ? ['', ...groupLines('source', summary.sources, all, groupsShown, terminal)] : []),
    '',
    heading('use of the vocabulary'),
    `${countText(unused.count)} of ${countText(summary.vocabularyUsable)} tokens never occur (${shareText(unused.count, summary.vocabularyUsable)}); of those that do, ${rareText}`,
    ...tokenLines('never used, the longest', unused.examples),
    ...tokenLines('longest that occur', summary.longest),
    '',
    heading('enough for a model of'),
    ...tableLines(
      [
        ['each seen once', `${EPOCHS_MAX} times`, 'tokens a parameter', ''],
        ...summary.training.map((size) => [
          parametersText(size.parameters),
          parametersText(size.parametersRepeated),
          countText(size.tokensPerParameter),
          size.meaning,
        ]),
      ],
      [0, 1, 2],
    ),
  ]
}

function groupLines(
  kind: string,
  groups: readonly GroupSummary[],
  all: GroupSummary,
  shown: number,
  terminal: Terminal,
): string[] {
  const rows = groups
    .slice(0, shown)
    .map((group) => [
      clip(printable(group.name), TOKEN_WIDTH),
      countText(group.documents),
      countText(group.tokens),
      shareText(group.tokens, all.tokens),
      ratioText(group.bytesPerToken),
      ratioText(group.tokensPerWord),
    ])
  const head = [kind, 'documents', 'tokens', 'share', 'bytes/token', 'tokens/word']
  const [first = '', ...rest] = tableLines([head, ...rows], [1, 2, 3, 4, 5])
  const more = groups.length > shown ? [`and ${countText(groups.length - shown)} more`] : []
  return [terminal.style('bold', first), ...rest, ...more]
}

function tokenLines(what: string, uses: readonly TokenUse[]): string[] {
  if (uses.length === 0) return []
  const texts = uses.slice(0, TOKENS_SHOWN).map(({ text }) => `"${clip(printable(text), TOKEN_WIDTH)}"`)
  return [`${what}: ${texts.join(' ')}`]
}

function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : '-'
}

/** 1.2 B parameters: three significant digits. */
function parametersText(parameters: number): string {
  const units = ['', ' k', ' M', ' B', ' T']
  let value = parameters
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? Math.round(value) : Number(value.toPrecision(3))}${units[unit]}`
}
