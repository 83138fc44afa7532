/** What was found of benchmarks, as lines for a terminal: sums, then passages side by side. */
import type { BenchmarkSummary } from '../decontamination/report.js'
import type { StageContamination } from '../inspect/contamination.js'
import { printable, type Terminal } from './terminal.js'
import { clip, countText, plural, shareText, tableLines } from './text.js'

const TEXT_WIDTH = 100

export function contaminationLines({ benchmarks }: StageContamination, folder: string, terminal: Terminal): string[] {
  const rows = benchmarks.map(({ bench, items, contaminated, partial, unsearchable, documents, overlapMean }) => [
    `  ${clip(printable(bench), 30)}`,
    plural(items, 'item'),
    `${countText(contaminated)} contaminated (${shareText(contaminated, items)})`,
    `by ${plural(documents, 'document')}`,
    `${countText(partial)} in part`,
    `${countText(unsearchable)} unsearchable`,
    `mean overlap ${shareText(overlapMean, 1)}`,
  ])
  return [
    ...tableLines(rows, [1, 2, 3, 4, 5, 6]),
    ...benchmarks.flatMap((summary) => exampleLines(summary, terminal)),
    `  every item and match: ${folder}`,
  ]
}

function exampleLines({ examples }: BenchmarkSummary, terminal: Terminal): string[] {
  return examples.flatMap(({ item, document, overlap, longestRun, passages }) => [
    terminal.style(
      'dim',
      `  ${printable(item)} in ${printable(document)}: overlap ${shareText(overlap, 1)}, run of ${plural(longestRun, 'word')}`,
    ),
    ...passages
      .slice(0, 1)
      .flatMap((passage) => [
        `    document   ${oneLine(passage.document)}`,
        `    benchmark  ${oneLine(passage.benchmark)}`,
      ]),
  ])
}

function oneLine(text: string): string {
  return clip(printable(text.replace(/\s+/g, ' ')), TEXT_WIDTH)
}
