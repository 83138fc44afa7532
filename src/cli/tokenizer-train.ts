/** `millrace tokenizer train`: a byte-level BPE tokenizer from the texts of files. */
import { existsSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { ConfigError } from '../errors/errors.js'
import { expandPatterns } from '../io/input-files.js'
import { writeWholeFile } from '../io/written-file.js'
import { DIGITS, type Digits, PATTERNS } from '../kernels/pretokens/index.js'
import type { Progress } from '../run/run.js'
import type { Weight } from '../run/tokenizer-selection.js'
import { type TokenizerTrainProgress, type TokenizerTrainSummary, trainTokenizer } from '../run/tokenizer-train.js'
import { parseSize } from '../stage/options.js'
import type { TokenizerModel } from '../tokenizer/model.js'
import { tokenText } from '../tokenizer/token-summary.js'
import { writeTokenizerJson } from '../tokenizer/tokenizer-json-write.js'
import type { LogForm } from './live-line.js'
import { wholeNumber } from './option-text.js'
import { ProgressView } from './progress.js'
import { printable, type Terminal } from './terminal.js'
import { bytesText, clip, countText, durationText, plural, shareText, tableLines } from './text.js'
import { patternSteps } from './tokenizer-file.js'

interface TrainCommandOptions {
  readonly output: string
  readonly vocabularySize: number
  readonly pattern: string
  readonly digits: Digits
  readonly minimumFrequency: number
  readonly longestToken: number
  readonly specialTokens: readonly string[]
  readonly alphabet: 'all' | 'seen'
  readonly ties: 'lowest-ids' | 'greatest-bytes'
  readonly byteOrder: 'printable' | 'value'
  readonly memory: number
  readonly workers?: number
  readonly bytes?: number
  readonly weight: readonly Weight[]
  readonly textField: string
  readonly languageField: string
  readonly temporary?: string
  readonly log?: LogForm
  readonly quiet?: true
}

const EXAMPLES = `
Files are plain text, of which each line, its line end included, is a text; JSON Lines (*.jsonl), Parquet, Arrow shards, or a
run folder, which stands for its documents. Text and JSON Lines may be gzip or zstd.

--weight gives a language ("en=2") or source, which is a file name with * and ? ("wiki*.jsonl=0.5"), its weight: texts of
weight 2 count twice, of 0.5 every second text counts. Within --bytes all weights are made smaller by one factor, so that as
much is taken as fits. Which texts that are depends on their places in the files, and on nothing else.

The tokenizer is the same for any number of workers and any memory: words that do not fit are learned from in several phases.

Examples:
  npx millrace tokenizer train --output tokenizer.json runs/fineweb
  npx millrace tokenizer train --pattern o200k --special-tokens '<|endoftext|>' --output tokenizer.json texts/*.jsonl.gz
  npx millrace tokenizer train --vocabulary-size 65536 --bytes 2GB --weight en=1 --weight de=3 --output t.json corpus/*.parquet
`

export function makeTokenizerTrain(terminal: Terminal): Command {
  return new Command('train')
    .description('Train a byte-level BPE tokenizer.')
    .argument('<input...>', 'text, JSON Lines, Parquet, Arrow shards, run folders; globs are expanded')
    .requiredOption('--output <file>', 'tokenizer.json, as Hugging Face tokenizers reads it')
    .option('--vocabulary-size <n>', 'tokens, bytes and special tokens included', wholeNumber(1), 32_768)
    .option('--pattern <name|regex>', `what words are: ${PATTERNS.join(', ')}, or a regular expression`, 'gpt2')
    .addOption(
      new Option('--digits <how>', 'digits as the pattern has them, or alone: one by one, or in threes')
        .choices([...DIGITS])
        .default('own'),
    )
    .option('--minimum-frequency <n>', 'least count of a pair that becomes a token', wholeNumber(1), 1)
    .option('--longest-token <bytes>', 'of those that merges make', wholeNumber(1), 65_536)
    .option('--special-tokens <token...>', 'get the first ids', [])
    .addOption(
      new Option('--alphabet <bytes>', 'a token for every byte, or those in the text; others can not be encoded then')
        .choices(['all', 'seen'])
        .default('all'),
    )
    .addOption(
      new Option('--ties <rule>', 'of pairs that count the same')
        .choices(['lowest-ids', 'greatest-bytes'])
        .default('lowest-ids'),
    )
    .addOption(
      new Option('--byte-order <order>', 'how bytes are numbered: as GPT-2 and Hugging Face do, or by value')
        .choices(['printable', 'value'])
        .default('printable'),
    )
    .addOption(
      new Option('--memory <size>', 'for all threads; what is beyond goes to disk')
        .argParser(memory)
        .default(2 ** 30, '1GiB'),
    )
    .option('--workers <n>', 'threads; the tokenizer is the same for any number (default: one a core)', wholeNumber(1))
    .addOption(new Option('--bytes <size>', 'of text at most (default: all)').argParser(size))
    .addOption(
      new Option('--weight <key=weight>', 'of a language or source; may be given several times')
        .argParser(weights)
        .default([], 'all 1'),
    )
    .option('--text-field <name>', 'field or column of the text', 'text')
    .option('--language-field <name>', 'field or column of the language', 'language')
    .option('--temporary <folder>', "for files in between (default: the output's folder)")
    .addOption(new Option('--log <form>', 'how progress is shown on stderr').choices(['bars', 'plain', 'json']))
    .option('--quiet', 'show warnings, errors and the result only')
    .addHelpText('after', EXAMPLES)
    .action((inputs: string[], options: TrainCommandOptions) => train(terminal, inputs, options))
}

const MEMORY_MIN = 16 * 2 ** 20

function memory(text: string): number {
  const bytes = parseSize(text)
  if (!(bytes >= MEMORY_MIN)) throw new InvalidArgumentError('expected a size of at least 16MiB, as 512MiB')
  return bytes
}

function size(text: string): number {
  const bytes = parseSize(text)
  if (!(bytes >= 1)) throw new InvalidArgumentError('expected a size, as 2GB')
  return bytes
}

function weights(text: string, before: readonly Weight[]): readonly Weight[] {
  const [, key, weight] = /^(.+)=(\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (key === undefined) throw new InvalidArgumentError('expected a language or source and its weight, as en=2')
  return [...before, { key, weight: Number(weight) }]
}

async function train(terminal: Terminal, inputs: string[], options: TrainCommandOptions): Promise<void> {
  const form = options.log ?? (terminal.interactive ? 'bars' : 'plain')
  terminal.jsonMessages = form === 'json'
  const output = resolve(options.output)
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ConfigError(`--output: expected a file, got the folder ${options.output}`)
  }
  const split = patternSteps(options.pattern, options.digits)
  const files = await expandPatterns(inputs.map(documentsOf), resolve())
  const view = new ProgressView(terminal, form, options.quiet ?? false, () => performance.now())
  const began = performance.now()
  // Files in between are removed as the process exits.
  const interrupt = () => process.exit(130)
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    const { model, summary } = await trainTokenizer(
      files,
      {
        split,
        training: options,
        fields: { text: options.textField, language: options.languageField },
        weights: options.weight,
        budgetBytes: options.bytes ?? null,
        memoryBytes: options.memory,
        workers: options.workers ?? availableParallelism(),
        temporaryFolder: options.temporary ?? dirname(output),
      },
      stepProgress(options.bytes !== undefined, (progress) => view.update(progress)),
    )
    const sizeBytes = writeWholeFile(output, [Buffer.from(writeTokenizerJson(model))])
    view.end()
    for (const warning of warnings(summary, options)) terminal.say('warning', warning)
    for (const line of summaryLines(summary, model, terminal)) await terminal.print(line)
    const seconds = (performance.now() - began) / 1000
    await terminal.print(`\n${durationText(seconds)}; ${options.output}, ${bytesText(sizeBytes)}`)
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** Of a run folder, the shards that it publishes. */
function documentsOf(input: string): string {
  if (!statSync(input, { throwIfNoEntry: false })?.isDirectory()) return input
  if (existsSync(join(input, 'manifest.json'))) return join(input, 'documents', '*')
  return input
}

/** The steps of a training as passes: texts go by bytes, the rest by tasks and merges. */
function stepProgress(
  isMeasured: boolean,
  show: (progress: Progress) => void,
): (progress: TokenizerTrainProgress) => void {
  const steps = isMeasured ? ['measure', 'count', 'merge', 'learn'] : ['count', 'merge', 'learn']
  let step = ''
  let began = performance.now()
  return ({ step: name, done, total }) => {
    if (name !== step) began = performance.now()
    step = name
    const byBytes = name === 'count' || name === 'measure'
    show({
      pass: steps.indexOf(name) + 1,
      passCount: steps.length,
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

function warnings(summary: TokenizerTrainSummary, options: TrainCommandOptions): string[] {
  const { faults, unmatched, merges, mergesWanted } = summary
  const found = faults.map(({ file, code, count, message }) => {
    const what = code === 'utf8' && message.includes('U+FFFD') ? 'mended' : 'left out'
    return `${file}: ${countText(count)} × ${code} ${what}; ${message}`
  })
  for (const key of unmatched) found.push(`--weight ${key}: no text has this language or source`)
  if (merges < mergesWanted) {
    found.push(
      `${countText(merges)} of ${countText(mergesWanted)} merges: no other pair counts ${options.minimumFrequency}, so the vocabulary is smaller`,
    )
  }
  return found
}

const TOKENS_SHOWN = 10
const TOKEN_WIDTH = 60

function summaryLines(summary: TokenizerTrainSummary, model: TokenizerModel, terminal: Terminal): string[] {
  const { texts, words, distinctWords, textBytes, tokens, merges, phases, scale, counts } = summary
  const { bytes, offsets, ids } = model.vocabulary
  const numbers = Array.from(ids.keys()).filter((n) => ids[n] >= model.added.length)
  const sizeOf = (n: number) => offsets[n + 1] - offsets[n]
  const unused = numbers.filter((n) => counts[ids[n]] === 0)
  const unusedMerges = unused.filter((n) => sizeOf(n) > 1)
  const longest = numbers.sort((a, b) => sizeOf(b) - sizeOf(a) || ids[a] - ids[b]).slice(0, TOKENS_SHOWN)
  const rows = longest.map((n) => [
    countText(ids[n]),
    countText(sizeOf(n)),
    countText(counts[ids[n]]),
    clip(printable(tokenText(bytes.subarray(offsets[n], offsets[n + 1]))).replaceAll(' ', '␣'), TOKEN_WIDTH),
  ])
  const [head = '', ...rest] = tableLines([['id', 'bytes', 'occurs', 'token'], ...rows], [0, 1, 2])
  return [
    `${plural(texts, 'text')}, ${bytesText(textBytes)}${scale === 1 ? '' : `, weights times ${scale.toPrecision(4)}`}`,
    `${countText(words)} words, ${countText(distinctWords)} of them distinct`,
    `${plural(merges, 'merge')} in ${plural(phases, 'phase')}; ${countText(ids.length)} tokens in the vocabulary`,
    `${countText(tokens)} tokens in the text, ${(textBytes / tokens).toFixed(3)} bytes a token`,
    `${countText(unused.length)} of ${countText(ids.length)} tokens are not used in it (${shareText(unused.length, ids.length)}), ${countText(unusedMerges.length)} of them made by merges`,
    '',
    terminal.style('bold', 'longest tokens'),
    terminal.style('dim', head),
    ...rest,
  ]
}
