/** `millrace run`: the main job. Resumes where it stopped. */
import { relative } from 'node:path'
import { Command, Option } from 'commander'
import { fileFaults } from '../../inspect/file-faults.js'
import { FinishedRun } from '../../inspect/finished-run.js'
import { loadConfig } from '../../run/config.js'
import { configWarnings, unmetLimits } from '../../run/config-warnings.js'
import { sum } from '../../run/ledger.js'
import { type RunSummary, run } from '../../run/run.js'
import type { RunConfig } from '../../run/settings.js'
import { asideText, funnelLines, totalsLines } from '../funnel.js'
import { interruptible } from '../interrupt.js'
import type { LogForm } from '../live-line.js'
import { repeated, wholeNumber } from '../option-text.js'
import { ProgressView } from '../progress.js'
import { printable, type Terminal } from '../terminal.js'
import { bytesText, countText, durationText, plural } from '../text.js'

interface RunOptions {
  readonly workers?: number
  readonly fresh?: true
  readonly set?: readonly string[]
  readonly allowCode?: true
  readonly log?: LogForm
  readonly quiet?: true
}

/** Files with damage that are named one by one. */
const FILES_SHOWN = 5

const EXAMPLES = `
Examples:
  npx millrace run configs/quickstart.yaml
  npx millrace run configs/fineweb.yaml --set input.warc='crawl/*.warc.gz' --set output.arrow=runs/mine
  npx millrace run configs/fineweb.yaml --set dedup-minhash.bands=20 --workers 8
  npx millrace run configs/fineweb.yaml --log json 2> progress.jsonl

A run that was stopped, or killed, goes on where it was when the same command is given again.
Exit codes: 0 done, 1 some shards failed, 2 the config or the call is wrong, 130 interrupted.
`

export default function makeRun(terminal: Terminal): Command {
  return new Command('run')
    .description('Run a config: read, clean, deduplicate, write. Resumes where it stopped.')
    .argument('<config>', 'YAML file')
    .option('--workers <n>', 'worker threads; the output is the same for any number', wholeNumber(1))
    .option('--fresh', 'start over: remove what an earlier run left in the run folder')
    .option('--set <key=value>', 'change one value of the config (STAGE.option, input.KIND, output.KIND, …)', repeated)
    .option('--allow-code', 'let stages given by path run their code')
    .addOption(new Option('--log <form>', 'how progress is shown on stderr').choices(['bars', 'plain', 'json']))
    .option('--quiet', 'show warnings, errors and the result only')
    .addHelpText('after', EXAMPLES)
    .action((config: string, options: RunOptions) => runCommand(terminal, config, options))
}

async function runCommand(terminal: Terminal, file: string, options: RunOptions): Promise<void> {
  const form = options.log ?? (terminal.interactive ? 'bars' : 'plain')
  terminal.jsonMessages = form === 'json'
  const config = await loadConfig(file, options)
  for (const warning of await configWarnings(config)) terminal.say('warning', warning)
  const view = new ProgressView(terminal, form, options.quiet ?? false, () => performance.now())
  let inputBytes = 0
  await interruptible(
    (level, text) => view.message(level, text),
    async (signal) => {
      const summary = await run(config, {
        onProgress: (progress) => {
          inputBytes = Math.max(inputBytes, progress.bytesTotal)
          view.update(progress)
        },
        onMessage: (level, text) => view.message(level, text),
        signal,
        fresh: options.fresh ?? false,
      })
      view.end()
      if (summary.interrupted) terminal.say('warning', 'interrupted; the same command goes on from here')
      else if (summary.failedTasks.length > 0) await printFailure(terminal, config, summary)
      else await printSummary(terminal, config, summary, inputBytes)
      terminal.exitCode = summary.interrupted ? 130 : summary.failedTasks.length > 0 ? 1 : 0
    },
  )
}

async function printSummary(
  terminal: Terminal,
  config: RunConfig,
  { ledger, artifacts, seconds, runFolder, resumed }: RunSummary,
  inputBytes: number,
): Promise<void> {
  const { totals } = ledger
  await warnOfFaults(terminal, runFolder)
  for (const warning of unmetLimits(config.stages, totals.stages)) terminal.say('warning', warning)
  const folder = relative('', runFolder) || '.'
  const rates = `, ${countText(totals.documents / seconds)} docs/s, ${bytesText(Math.round(inputBytes / seconds))}/s`
  const lines = [...totalsLines(totals), '', ...funnelLines(totals, terminal, config.stages), '']
  lines.push(`${durationText(seconds)}${resumed ? ' (resumed)' : rates}; results in ${folder}/documents`)
  for (const stage of artifacts) lines.push(`${printable(stage)} has made ${folder}/artifacts/${stage}`)
  const asideCount = sum(totals.damaged) + sum(totals.quarantined)
  if (asideCount > 0) lines.push(`${countText(asideCount)} set aside, with their bytes, in ${folder}/quarantine`)
  lines.push('', 'Next:')
  lines.push(`  npx millrace sample ${folder} --verdict dropped`, `  npx millrace report ${folder}`)
  for (const line of lines) await terminal.print(line)
}

/** What is done so far, and last what failed: sample and report only read whole runs. */
async function printFailure(terminal: Terminal, config: RunConfig, { ledger, failedTasks }: RunSummary): Promise<void> {
  const { totals } = ledger
  for (const line of [...totalsLines(totals), '', ...funnelLines(totals, terminal, config.stages)]) {
    await terminal.print(line)
  }
  for (const { pass, task, message } of failedTasks) {
    terminal.say('error', `${pass}, task ${task} failed: ${message.split('\n', 1)[0]}`)
  }
  const what = plural(failedTasks.length, 'task')
  terminal.say('error', `${what} failed; what is done is kept: give the same command again, and it goes on from there`)
}

/** A warning for each input file that gave something that was set aside, or nothing. */
async function warnOfFaults(terminal: Terminal, runFolder: string): Promise<void> {
  const run = await FinishedRun.open(runFolder)
  const { shown, more } = fileFaults(run.ledger.files, run.quarantine(), FILES_SHOWN)
  for (const { file, count, first } of shown) {
    const others = count > 1 ? ` (and ${countText(count - 1)} more in this file)` : ''
    terminal.say('warning', first === null ? `${file}: no records: the file is empty` : `${asideText(first)}${others}`)
  }
  if (more > 0)
    terminal.say('warning', `and ${plural(more, 'more file')} with damage: npx millrace report ${runFolder}`)
}
