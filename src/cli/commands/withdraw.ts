/** `millrace withdraw`: takes sources out of a finished run, and does again what they had a part in. */
import { relative } from 'node:path'
import { Command } from 'commander'
import { FinishedRun } from '../../inspect/finished-run.js'
import { Store } from '../../io/store.js'
import { defaultExecution } from '../../run/config.js'
import { runAgain } from '../../run/run.js'
import { addWithdrawn, asSource, findWithdrawn } from '../../run/withdrawn.js'
import { wholeNumber } from '../option-text.js'
import { printable, type Terminal } from '../terminal.js'
import { countText, plural } from '../text.js'

interface WithdrawOptions {
  readonly dryRun?: true
  readonly workers?: number
}

const EXAMPLES = `
A host takes its subdomains along; a URL is meant in all its forms (scheme, www, tracking parameters). They are listed in the run's
withdrawn.json, and later runs in the folder skip them, --fresh ones too. The shards that held them and all steps behind are done
again from the input: documents, dropped texts, quarantine, records, signatures, artifacts and token shards are made anew, and a
document that was dropped as a duplicate of a withdrawn one is judged again. Input files stay as they are; so do later runs
that were made against this one.

Examples:
  npx millrace withdraw runs/fineweb news.example --dry-run
  npx millrace withdraw runs/fineweb https://news.example/2026/a-page blog.example
`

export default function makeWithdraw(terminal: Terminal): Command {
  return new Command('withdraw')
    .description('Take URLs or hosts out of a finished run, and elect the survivors of their duplicates again.')
    .argument('<run>', 'run folder')
    .argument('<source...>', 'URLs or hosts')
    .option('--dry-run', 'only say what would be taken out')
    .option('--workers <n>', 'worker threads', wholeNumber(1))
    .addHelpText('after', EXAMPLES)
    .action((folder: string, sources: string[], options: WithdrawOptions) =>
      withdraw(terminal, folder, sources, options),
    )
}

async function withdraw(
  terminal: Terminal,
  folder: string,
  sources: string[],
  options: WithdrawOptions,
): Promise<void> {
  const before = await FinishedRun.open(folder) // refuses what is no finished run
  const store = new Store(before.folder)
  const asked = sources.map(asSource)
  const urls = asked.flatMap((source) => ('url' in source ? [source.url] : []))
  const hosts = asked.flatMap((source) => ('host' in source ? [source.host] : []))
  const { documents, kept, shards } = await findWithdrawn(store, { urls, hosts, pendingShards: [] })
  const found = `${plural(documents, 'document')}, ${countText(kept)} of them kept, in ${plural(shards.length, 'shard')}`
  await terminal.print(`${found}${options.dryRun ? '; nothing has been taken out' : ''}`)
  if (options.dryRun) return
  addWithdrawn(store, { urls, hosts }, shards)
  if (documents === 0) return terminal.note('listed: runs in this folder skip these sources from now on')
  const summary = await runAgain(store.folder, defaultExecution(options.workers ?? null))
  const place = printable(relative('', store.folder) || '.')
  if (summary === null || summary.failedTasks.length > 0) {
    terminal.exitCode = 1
    const why = summary === null ? 'the run was made by another version' : (summary.failedTasks[0]?.message ?? '')
    return terminal.say(
      'error',
      `${why}; the sources are listed: give the run's millrace run command to take them out of ${place}`,
    )
  }
  const { kept: now } = summary.ledger.totals
  await terminal.print(`${countText(before.ledger.totals.kept)} documents were kept, ${countText(now)} are now`)
}
