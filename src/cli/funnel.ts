/** The funnel: how many documents each stage got, kept and dropped, and for which reasons. */
import type { QuarantineExample } from '../inspect/report.js'
import { type FileLedger, sum } from '../run/ledger.js'
import type { StageUse } from '../run/settings.js'
import { printable, type Terminal } from './terminal.js'
import { barText, countText, shareText, tableLines } from './text.js'

const BAR_CELLS = 20
const REASONS_SHOWN = 3
const LANGUAGES_SHOWN = 3

/**
 * The funnel as lines; `reasonsShown` reasons a stage, the most frequent first, no column for 0. Of `uses`, those with a
 * `when` are marked: they get fewer documents than the stage before them kept.
 */
export function funnelLines(
  totals: FileLedger,
  terminal: Terminal,
  uses: readonly Pick<StageUse, 'as' | 'when'>[],
  reasonsShown = REASONS_SHOWN,
): string[] {
  const limits = new Map(uses.map(({ as, when }) => [as, when === null ? '' : ` (${limitText(when.language)} only)`]))
  const rows = [['stage', 'in', 'kept', 'dropped', '']]
  if (reasonsShown > 0) rows[0].push('top reasons')
  for (const [stage, counts] of Object.entries(totals.stages)) {
    const bar = barText(counts.in === 0 ? 0 : counts.kept / counts.in, BAR_CELLS)
    const name = printable(`${stage}${limits.get(stage) ?? ''}`)
    const row = [name, countText(counts.in), countText(counts.kept), countText(counts.dropped), bar]
    if (reasonsShown > 0) row.push(topCounts(totals.dropped[stage] ?? {}, reasonsShown))
    rows.push(row)
  }
  const [head, ...body] = tableLines(rows, [1, 2, 3])
  return [terminal.style('bold', head), ...body]
}

/** What came in and what is left, in three or fewer lines. */
export function totalsLines(totals: FileLedger): string[] {
  const lines = [`${countText(totals.records)} records in, ${countText(totals.documents)} of them documents`]
  const aside = [
    ['no documents', totals.skipped],
    ['damaged', totals.damaged],
    ['quarantined', totals.quarantined],
  ] as const
  for (const [what, counts] of aside) {
    if (sum(counts) > 0) lines.push(`${countText(sum(counts))} ${what}: ${topCounts(counts, 6)}`)
  }
  lines.push(`${countText(totals.kept)} documents kept (${shareText(totals.kept, totals.documents)})`)
  return lines
}

function limitText(languages: readonly string[]): string {
  return languages.length <= LANGUAGES_SHOWN ? languages.join(', ') : `${languages.length} languages`
}

/** One line on something set aside: where, code, what was wrong. */
export function asideText({ file, offset, code, message }: QuarantineExample): string {
  // Readers name the place at the beginning of their messages, as `FILE:OFFSET: ` or `FILE at OFFSET: `.
  const rest = message.startsWith(file)
    ? message.slice(file.length).replace(/^[^ ]*( at \d+| record \d+)*: ?/, '')
    : message
  return `${file} at ${offset}: ${code}: ${rest}`
}

/** `tooShort 12, lorem 3, and 2 more` */
export function topCounts(counts: Readonly<Record<string, number>>, shown: number): string {
  const sorted = Object.entries(counts).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const parts = sorted.slice(0, shown).map(([name, n]) => `${printable(name)} ${countText(n)}`)
  if (sorted.length > shown) parts.push(`and ${sorted.length - shown} more`)
  return parts.join(', ')
}
