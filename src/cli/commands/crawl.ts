/** `millrace crawl`: fetches sites politely and writes WARC. Resumes where it stopped. */
import { relative } from 'node:path'
import { Command, Option } from 'commander'
import { loadCrawlConfig } from '../../crawl/config.js'
import { type CrawlSummary, crawl } from '../../crawl/crawl.js'
import { ConfigError } from '../../errors/errors.js'
import { CrawlView, summaryLines } from '../crawl-progress.js'
import { crawlReference } from '../crawl-reference.js'
import { interruptible } from '../interrupt.js'
import type { LogForm } from '../live-line.js'
import { repeated } from '../option-text.js'
import type { Terminal } from '../terminal.js'

interface CrawlCommandOptions {
  readonly options?: true
  readonly fresh?: true
  readonly again?: true
  readonly set?: readonly string[]
  readonly log?: LogForm
  readonly quiet?: true
}

const EXAMPLES = `
Examples:
  npx millrace crawl configs/crawl.yaml
  npx millrace crawl configs/crawl.yaml --set budget.pages=500 --set politeness.delaySeconds=2
  npx millrace crawl configs/crawl.yaml --again      # a second round: only what has changed
  npx millrace run configs/quickstart.yaml --set input.warc='crawls/docs/warc/*.warc.gz'

A crawl that was stopped, or killed, goes on where it was when the same command is given again.
Exit codes: 0 done or at its budget, 1 nothing could be fetched, 2 the config or the call is wrong, 130 interrupted.
`

export default function makeCrawl(terminal: Terminal): Command {
  return new Command('crawl')
    .description('Crawl sites politely (robots.txt, one request at a time) and write WARC. Resumes where it stopped.')
    .argument('[config]', 'YAML file')
    .option('--options', 'print all that a config may say, and stop')
    .option('--fresh', 'start over: remove the archives and the queue of an earlier crawl')
    .option('--again', 'once a crawl has ended, another round: pages that have not changed are not fetched again')
    .option(
      '--set <key=value>',
      'change one value of the config (budget.pages, scope.within, output.warc, …)',
      repeated,
    )
    .addOption(new Option('--log <form>', 'how progress is shown on stderr').choices(['bars', 'plain', 'json']))
    .option('--quiet', 'show warnings, errors and the result only')
    .addHelpText('after', EXAMPLES)
    .action(async (config: string | undefined, options: CrawlCommandOptions) => {
      if (options.options) await terminal.write(crawlReference())
      else if (config === undefined) throw new ConfigError('millrace crawl: expected a config, got nothing')
      else await crawlCommand(terminal, config, options)
    })
}

async function crawlCommand(terminal: Terminal, file: string, options: CrawlCommandOptions): Promise<void> {
  const form = options.log ?? (terminal.interactive ? 'bars' : 'plain')
  terminal.jsonMessages = form === 'json'
  const config = loadCrawlConfig(file, options.set)
  for (const subnet of config.scope.allowPrivate)
    terminal.say('warning', `scope.allowPrivate: ${subnet} is connected to`)
  const view = new CrawlView(terminal, form, options.quiet ?? false, () => performance.now())
  await interruptible(
    (level, text) => view.message(level, text),
    async (signal) => {
      const summary = await crawl(config, {
        onProgress: (progress) => view.update(progress),
        signal,
        fresh: options.fresh ?? false,
        again: options.again ?? false,
      })
      view.end()
      await report(terminal, summary)
      terminal.exitCode = summary.end === 'interrupted' ? 130 : summary.stored === 0 ? 1 : 0
    },
  )
}

async function report(terminal: Terminal, summary: CrawlSummary): Promise<void> {
  for (const line of summaryLines(summary)) await terminal.print(line)
  if (summary.end === 'interrupted') {
    terminal.say('warning', 'interrupted; the same command goes on from here')
    return
  }
  if (summary.stored === 0) {
    terminal.say('error', 'nothing could be fetched; the counts above say why')
    return
  }
  const folder = relative('', summary.folder) || '.'
  for (const line of [
    '',
    'Next:',
    `  npx millrace run configs/quickstart.yaml --set input.warc='${folder}/warc/*.warc.gz'`,
  ])
    await terminal.print(line)
}
