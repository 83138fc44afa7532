/** `millrace lm train`: an n-gram model from text. */
import { availableParallelism } from 'node:os'
import { dirname, extname, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { ConfigError } from '../errors/errors.js'
import { expandPatterns } from '../io/input-files.js'
import { writeWholeFile } from '../io/written-file.js'
import { encodeModel } from '../lm/mlm-file.js'
import { buildTables } from '../lm/tables.js'
import { arpaText } from '../lm/train-arpa.js'
import { DISCOUNT_FALLBACK, type Discounts } from '../lm/train-discounts.js'
import { ngramSource } from '../lm/train-source.js'
import { readSentences } from '../run/lm-text.js'
import { type TrainedModel, type TrainProgress, type TrainSummary, trainModel } from '../run/lm-train.js'
import type { Progress } from '../run/run.js'
import { parseSize } from '../stage/options.js'
import type { LogForm } from './live-line.js'
import { addTokensOptions, type TokensOptions, tokenizeOf } from './lm-tokens.js'
import { wholeNumber } from './option-text.js'
import { ProgressView } from './progress.js'
import type { Terminal } from './terminal.js'
import { bytesText, countText, durationText, plural, tableLines } from './text.js'

interface TrainCommandOptions extends TokensOptions {
  readonly order: number
  readonly prune: readonly number[]
  readonly output: string
  readonly memory: number
  readonly workers?: number
  readonly jsonl?: true
  readonly joined?: true
  readonly discountFallback?: true | Discounts
  readonly temporary?: string
  readonly log?: LogForm
  readonly quiet?: true
}

const EXAMPLES = `
A line is a sentence; its tokens stand between spaces, or are made by --tokens. With --jsonl each line is a JSON object, and
the lines of its "text" are sentences, or with --joined all of it is one, as CCNet trains. Files may be gzip or zstd. A name ending
in .arpa gets ARPA text, .mlm our own binary, which is made in memory.

Examples:
  npx millrace lm train --order 5 --prune 0,0,1,1,1 --output model.arpa text.txt.gz
  npx millrace lm train --tokens plain --jsonl --output model.mlm runs/wikipedia/*.jsonl.gz
  npx millrace lm train --tokens ccnet --sentencepiece en.sp.model --jsonl --joined --output en.arpa wikipedia.jsonl.gz
  npx millrace lm train --order 3 --discount-fallback --memory 256MiB --output small.arpa few.txt
`

export function makeTrain(terminal: Terminal): Command {
  const command = new Command('train')
    .description('Train an n-gram model by modified Kneser-Ney smoothing, as lmplz does.')
    .argument('<files...>', 'text, or JSON Lines with --jsonl; globs are expanded')
    .requiredOption('--output <file>', 'the model: *.arpa or *.mlm')
    .option('--order <n>', 'length of the longest n-grams, 2 to 6', wholeNumber(2), 5)
    .addOption(
      new Option('--prune <counts>', 'leave out n-grams seen so often or less, by order, as 0,0,1')
        .argParser(thresholds)
        .default([0], '0'),
    )
    .option('--discount-fallback [d1,d2,d3]', 'discounts where the text gives none (0.5,1,1.5)', fallback)
    .option('--jsonl', 'the files are JSON Lines with "text"')
    .option('--joined', 'with --jsonl: a text is one sentence, whatever its lines')
    .addOption(
      new Option('--memory <size>', 'for sorting; what is beyond goes to disk')
        .argParser(memory)
        .default(2 ** 30, '1GiB'),
    )
    .option('--workers <n>', 'threads; the model is the same for any number (default: one a core)', wholeNumber(1))
    .option('--temporary <folder>', "for files in between (default: the output's folder)")
    .addOption(new Option('--log <form>', 'how progress is shown on stderr').choices(['bars', 'plain', 'json']))
    .option('--quiet', 'show warnings, errors and the result only')
    .addHelpText('after', EXAMPLES)
    .action((files: string[], options: TrainCommandOptions) => train(terminal, files, options))
  return addTokensOptions(command)
}

function thresholds(text: string): number[] {
  if (!/^\d+(,\d+)*$/.test(text)) throw new InvalidArgumentError('expected whole numbers, as 0,0,1')
  return text.split(',').map(Number)
}

function fallback(text: string): Discounts {
  const [one, two, three, ...more] = text.split(',').map(Number)
  const isSound = one >= 0 && one <= 1 && two >= 0 && two <= 2 && three >= 0 && three <= 3 && more.length === 0
  if (!isSound) throw new InvalidArgumentError('expected three discounts, of at most 1, 2 and 3, as 0.5,1,1.5')
  return [0, one, two, three]
}

const MEMORY_MIN = 2 ** 20

function memory(text: string): number {
  const bytes = parseSize(text)
  if (!(bytes >= MEMORY_MIN)) throw new InvalidArgumentError('expected a size of at least 1MiB, as 512MiB')
  return bytes
}

async function train(terminal: Terminal, patterns: string[], options: TrainCommandOptions): Promise<void> {
  const form = options.log ?? (terminal.interactive ? 'bars' : 'plain')
  terminal.jsonMessages = form === 'json'
  const output = resolve(options.output)
  if (!['.arpa', '.mlm'].includes(extname(output))) {
    throw new ConfigError(`--output: expected a name ending in .arpa or .mlm, got ${options.output}`)
  }
  const files = await expandPatterns(patterns, resolve())
  if (options.joined && !options.jsonl) throw new ConfigError('--joined: expected --jsonl with it')
  const tokenize = await tokenizeOf(options)
  const view = new ProgressView(terminal, form, options.quiet ?? false, () => performance.now())
  const began = performance.now()
  // Files in between are removed as the process exits.
  const interrupt = () => process.exit(130)
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    const { summary, sizeBytes } = await trainModel(
      readSentences(files, { isJson: options.jsonl ?? false, isJoined: options.joined ?? false, tokenize }),
      {
        order: options.order,
        prune: options.prune,
        discountFallback: fallbackOf(options.discountFallback),
        memoryBytes: options.memory,
        workers: options.workers ?? availableParallelism(),
        temporaryFolder: options.temporary ?? dirname(output),
      },
      stepProgress((progress) => view.update(progress)),
      (model) => ({
        summary: model.summary,
        sizeBytes: writeWholeFile(output, extname(output) === '.mlm' ? binary(model) : arpaText(model)),
      }),
    )
    view.end()
    for (const warning of warnings(summary)) terminal.say('warning', warning)
    const seconds = (performance.now() - began) / 1000
    for (const line of summaryLines(summary)) await terminal.print(line)
    await terminal.print(`\n${durationText(seconds)}; ${options.output}, ${bytesText(sizeBytes)}`)
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

function fallbackOf(option: true | Discounts | undefined): Discounts | null {
  if (option === undefined) return null
  return option === true ? DISCOUNT_FALLBACK : option
}

/** Only counts of a large text have to be merged first, so that is no pass of its own. */
const PASS = { count: 1, merge: 2, adjust: 2, contexts: 3, interpolate: 4 }

/** Made in memory as it is scored: unlike ARPA text, beyond the limit for sorting. */
function binary(model: TrainedModel): Iterable<Uint8Array> {
  return encodeModel(buildTables(ngramSource(model)))
}

/** The steps of a training as passes: counting goes by bytes, what follows by tasks. */
function stepProgress(show: (progress: Progress) => void): (progress: TrainProgress) => void {
  let step = ''
  let began = performance.now()
  return ({ step: name, done, total }) => {
    if (name !== step) began = performance.now()
    step = name
    const byBytes = name === 'count'
    show({
      pass: PASS[name],
      passCount: 4,
      passName: name,
      tasksDone: byBytes ? Number(done === total) : done,
      tasksTotal: byBytes ? 1 : total,
      documents: 0,
      documentsKept: 0,
      bytesDone: byBytes ? done : 0,
      bytesTotal: byBytes ? total : 0,
      bytesResumed: 0,
      secondsElapsed: (performance.now() - began) / 1000,
    })
  }
}

function warnings({ fallbackOrders, specialTokens, invalidSentences, skippedLines }: TrainSummary): string[] {
  const found: string[] = []
  for (const order of fallbackOrders) found.push(`${order}-grams: too few counts to estimate discounts, fallback used`)
  if (specialTokens > 0) found.push(`${plural(specialTokens, 'token')} <s>, </s> or <unk> in the text passed over`)
  if (invalidSentences > 0)
    found.push(`${plural(invalidSentences, 'sentence')} with bytes that are no UTF-8: U+FFFD stands for them`)
  if (skippedLines > 0) found.push(`${plural(skippedLines, 'line')} without a JSON text, or too long: left out`)
  return found
}

function summaryLines({ sentences, tokens, discounts, seen, kept }: TrainSummary): string[] {
  const rows = seen.map((count, i) => [
    String(i + 1),
    countText(count),
    countText(kept[i]),
    ...discounts[i].slice(1).map((discount) => discount.toFixed(4)),
  ])
  const head = ['order', 'n-grams seen', 'kept', 'D1', 'D2', 'D3+']
  return [
    `${countText(sentences)} sentences, ${countText(tokens)} tokens`,
    '',
    ...tableLines([head, ...rows], [0, 1, 2, 3, 4, 5]),
  ]
}
