/** `millrace purge`: removes text from before masking from a finished run. */
import { Command } from 'commander'
import { FinishedRun } from '../../inspect/finished-run.js'
import { Store } from '../../io/store.js'
import { type PurgeEntry, purgeEntries, purgeRun } from '../../run/purge.js'
import { printable, type Terminal } from '../terminal.js'
import { bytesText, countText, tableLines } from '../text.js'

const EXAMPLES = `
Only documents/ is meant to be published: texts of dropped documents, and all texts as they were before masking, lie in the
other folders of a run. purge removes those. documents/, signals/, the ledger and the report stay. The run can't be resumed
afterwards: its millrace run command, given again, starts over.

Examples:
  npx millrace purge runs/quickstart --dry-run
  npx millrace purge runs/quickstart
`

export default function makePurge(terminal: Terminal): Command {
  return new Command('purge')
    .description('Remove what holds text from before masking from a finished run: it can then no longer be resumed.')
    .argument('<run>', 'run folder')
    .option('--dry-run', 'only list what would be removed')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, options: { dryRun?: true }) => {
      const { stages } = await FinishedRun.open(folder) // refuses what is no finished run
      const store = new Store(folder)
      const entries = options.dryRun ? purgeEntries(store, stages) : purgeRun(store, stages)
      for (const line of entryLines(entries)) await terminal.print(line)
      terminal.note(closing(folder, entries.length, options.dryRun === true))
    })
}

function entryLines(entries: readonly PurgeEntry[]): string[] {
  return tableLines(
    entries.map(({ path, why, files, sizeBytes }) => [
      `${printable(path)}/`,
      `${countText(files)} files`,
      bytesText(sizeBytes),
      why,
    ]),
  )
}

function closing(folder: string, count: number, isDry: boolean): string {
  const place = printable(folder)
  if (count === 0) return `${place}: nothing to remove`
  if (isDry) return `${place}: nothing has been removed; without --dry-run it is, and the run can't be resumed then`
  return `${place}: removed; the run can't be resumed, its millrace run command starts over`
}
