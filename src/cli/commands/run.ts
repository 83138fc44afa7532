/** `millrace run`: the main job. Resumes where it stopped. */
import { relative } from 'node:path'
import { Command, Option } from 'commander'
import { loadConfig } from '../../run/config.js'
import { type RunSummary, run } from '../../run/run.js'
import { funnelLines, totalsLines } from '../funnel.js'
import { repeated, wholeNumber } from '../option-text.js'
import { type LogForm, ProgressView } from '../progress.js'
import { printable, type Terminal } from '../terminal.js'
import { bytesText, countText, durationText } from '../text.js'

interface RunOptions {
  readonly workers?: number
  readonly fresh?: true
  readonly set?: readonly string[]
  readonly allowCode?: true
  readonly log?: LogForm
  readonly quiet?: true
}

const EXAMPLES = `
Examples:
  millrace run configs/quickstart.yaml
  millrace run configs/fineweb.yaml --set input.warc='crawl/*.warc.gz' --set output.arrow=runs/mine
  millrace run configs/fineweb.yaml --set dedup-minhash.bands=20 --workers 8
  millrace run configs/fineweb.yaml --log json 2> progress.jsonl

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
  const config = await loadConfig(file, options)
  const form = options.log ?? (terminal.interactive ? 'bars' : 'plain')
  const view = new ProgressView(terminal, form, options.quiet ?? false, () => performance.now())
  const stop = new AbortController()
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130)
    view.message(
      'warning',
      'stopping; what is done is kept, and the same command goes on from there (again: stop at once)',
    )
    stop.abort()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  let inputBytes = 0
  try {
    const summary = await run(config, {
      onProgress: (progress) => {
        inputBytes = Math.max(inputBytes, progress.bytesTotal)
        view.update(progress)
      },
      onMessage: (level, text) => view.message(level, text),
      signal: stop.signal,
      fresh: options.fresh ?? false,
    })
    view.end()
    if (summary.interrupted) terminal.note('interrupted; the same command goes on from here')
    else await printSummary(terminal, summary, inputBytes)
    terminal.exitCode = summary.interrupted ? 130 : summary.failedTasks.length > 0 ? 1 : 0
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

async function printSummary(terminal: Terminal, summary: RunSummary, inputBytes: number): Promise<void> {
  const { ledger, seconds, runFolder } = summary
  const { totals } = ledger
  const lines = [...totalsLines(totals), '', ...funnelLines(totals, terminal), '']
  for (const { pass, task, message } of summary.failedTasks) {
    terminal.note(`${terminal.style('red', 'failed')} ${pass}, task ${task}: ${printable(message)}`)
  }
  const rates = `, ${countText(totals.documents / seconds)} docs/s, ${bytesText(Math.round(inputBytes / seconds))}/s`
  const folder = relative('', runFolder) || '.'
  lines.push(
    `${durationText(seconds)}${summary.resumed ? ' (resumed)' : rates}; results in ${folder}/documents`,
    '',
    'Next:',
  )
  lines.push(`  npx millrace sample ${folder} --verdict dropped`, `  npx millrace report ${folder}`)
  for (const line of lines) await terminal.print(line)
}
