/** `millrace classifier train`: a fastText model from labeled texts. */
import { extname, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { LabeledTexts } from '../classify/labeled-texts.js'
import type { ModelArguments, ModelFile } from '../classify/model-file.js'
import { quantizeModel } from '../classify/quantize.js'
import { type TrainingOptions, type TrainingProgress, trainClassifier } from '../classify/train.js'
import { encodeModel } from '../classify/write-model.js'
import { ConfigError } from '../errors/errors.js'
import { expandPatterns } from '../io/input-files.js'
import { writeWholeFile } from '../io/written-file.js'
import type { Progress } from '../run/run.js'
import { readLabeled } from './labeled-lines.js'
import type { LogForm } from './live-line.js'
import { wholeNumber } from './option-text.js'
import { ProgressView } from './progress.js'
import type { Terminal } from './terminal.js'
import { bytesText, countText, durationText } from './text.js'

const LOSSES = { softmax: 'softmax', hs: 'hierarchical softmax', ova: 'one-vs-all', ns: 'negative sampling' } as const

interface TrainCommandOptions extends Omit<ModelArguments, 'loss'> {
  readonly output: string
  readonly learningRate: number
  readonly loss: keyof typeof LOSSES
  readonly minCountLabel: number
  readonly seed: number
  readonly inOrder?: true
  readonly cutoff: number
  readonly partLength: number
  readonly norms?: true
  readonly quantizeOutput?: true
  readonly retrain?: true
  readonly log?: LogForm
  readonly quiet?: true
}

const EXAMPLES = `
A line is a text with its labels: a JSON object {"text", "label"}, label a string or a list, or text in which the words that
begin with __label__ are the labels. Files may be gzipped. The defaults are fastText's. A name ending in .bin gets the model as
it was trained, .ftz a quantized one, some ten to a hundred times smaller; fastText reads both. The same texts, options and
seed give the same bytes. Texts are shuffled for each epoch, unless --in-order.

Examples:
  npx millrace classifier train --output quality.bin --word-ngrams 2 curated.jsonl.gz random.jsonl.gz
  npx millrace classifier train --output topics.bin --loss ova --dimension 32 --epochs 20 topics.txt
  npx millrace classifier train --output small.ftz --minn 2 --maxn 5 --bucket 200000 --cutoff 20000 --retrain --norms texts.jsonl
`

export function makeClassifierTrain(terminal: Terminal): Command {
  return new Command('train')
    .description('Train a text classifier on labeled texts, as fastText does.')
    .argument('<files...>', 'JSON Lines or text; globs are expanded')
    .requiredOption('--output <file>', 'the model: *.bin, or *.ftz for a quantized one')
    .option('--epochs <n>', 'times that each text is learned from', wholeNumber(1), 5)
    .option('--learning-rate <rate>', 'at the beginning; it falls to 0', positive, 0.1)
    .option('--dimension <n>', 'numbers a word', wholeNumber(1), 100)
    .option('--word-ngrams <n>', 'longest runs of words that count', wholeNumber(1), 1)
    .option('--minn <n>', 'shortest character n-grams', wholeNumber(0), 0)
    .option('--maxn <n>', 'longest character n-grams; 0 for none', wholeNumber(0), 0)
    .option('--bucket <n>', 'rows that n-grams of words and characters share', wholeNumber(1), 2_000_000)
    .option('--min-count <n>', 'rarer words have no row', wholeNumber(1), 1)
    .option('--min-count-label <n>', 'rarer labels are left out', wholeNumber(0), 0)
    .addOption(
      new Option('--loss <name>', 'hs: hierarchical softmax, ova: one-vs-all, ns: negative sampling')
        .choices(Object.keys(LOSSES))
        .default('softmax'),
    )
    .option('--negatives <n>', 'wrong labels drawn for a text, with --loss ns', wholeNumber(1), 5)
    .option('--update-rate <n>', 'words between changes of the learning rate', wholeNumber(1), 100)
    .option('--seed <n>', 'of first values, order and draws', wholeNumber(0), 1)
    .option('--in-order', 'texts are learned from as they stand in the files')
    .option('--cutoff <n>', '*.ftz: words and n-grams that are kept; 0 for all', wholeNumber(0), 0)
    .option('--part-length <n>', '*.ftz: numbers that share a code', wholeNumber(1), 2)
    .option('--norms', '*.ftz: lengths of rows have codes of their own')
    .option('--quantize-output', '*.ftz: the rows of the labels too')
    .option('--retrain', '*.ftz: with --cutoff, what is kept is trained once more')
    .addOption(new Option('--log <form>', 'how progress is shown on stderr').choices(['bars', 'plain', 'json']))
    .option('--quiet', 'show warnings, errors and the result only')
    .addHelpText('after', EXAMPLES)
    .action((files: string[], options: TrainCommandOptions) => train(terminal, files, options))
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value < 1e6)) throw new InvalidArgumentError('expected a number above 0')
  return value
}

async function train(terminal: Terminal, patterns: string[], options: TrainCommandOptions): Promise<void> {
  const form = options.log ?? (terminal.interactive ? 'bars' : 'plain')
  terminal.jsonMessages = form === 'json'
  check(options)
  const output = resolve(options.output)
  const files = await expandPatterns(patterns, resolve())
  const view = new ProgressView(terminal, form, options.quiet ?? false, () => performance.now())
  const began = performance.now()
  const show = (pass: number, passName: string) => (progress: TrainingProgress) =>
    view.update(passProgress(pass, passName, progress.done, (performance.now() - began) / 1000))
  const texts = new LabeledTexts()
  for (const { path } of files) for await (const { text, labels } of readLabeled(path)) texts.add(text, labels)
  let loss = 0
  const model = trainClassifier(texts, trainingOptions(options), (progress) => {
    loss = progress.loss
    show(1, 'train')(progress)
  })
  const { entries, input } = model
  const finished = extname(output) === '.ftz' ? quantize(model, texts, options, show(2, 'quantize')) : model
  const sizeBytes = writeWholeFile(output, encodeModel(finished))
  view.end()
  const seconds = (performance.now() - began) / 1000
  await terminal.print(
    `${countText(texts.textCount)} texts, ${countText(texts.tokenCount)} words; ${countText(entries.wordCount)} of them and ${countText(entries.labels.length)} labels in the dictionary`,
  )
  await terminal.print(`${countText(input.rows)} rows of ${input.columns} numbers; mean loss ${loss.toFixed(4)}`)
  await terminal.print(`${durationText(seconds)}; ${options.output}, ${bytesText(sizeBytes)}`)
}

function check(options: TrainCommandOptions): void {
  const { output, minn, maxn, cutoff, retrain } = options
  const isQuantized = extname(output) === '.ftz'
  if (!isQuantized && extname(output) !== '.bin') {
    throw new ConfigError(`--output: expected a name ending in .bin or .ftz, got ${output}`)
  }
  if (minn > maxn) throw new ConfigError(`--minn: expected at most --maxn, ${maxn}, got ${minn}`)
  const onlyQuantized = cutoff > 0 || retrain || options.norms || options.quantizeOutput
  if (!isQuantized && onlyQuantized) {
    throw new ConfigError(`--cutoff, --norms, --quantize-output, --retrain: expected --output *.ftz with them`)
  }
  if (retrain && cutoff === 0) throw new ConfigError('--retrain: expected --cutoff with it')
}

function trainingOptions(options: TrainCommandOptions): TrainingOptions {
  return { ...options, loss: LOSSES[options.loss], shuffle: !options.inOrder }
}

function quantize(
  model: ModelFile,
  texts: LabeledTexts,
  options: TrainCommandOptions,
  show: (progress: TrainingProgress) => void,
): ModelFile {
  const { cutoff, partLength, norms, quantizeOutput, minCountLabel } = options
  const { learningRate, seed } = options
  const retrain = { learningRate, seed, shuffle: !options.inOrder, texts, minCountLabel }
  return quantizeModel(
    model,
    {
      cutoff,
      partLength,
      normsApart: norms ?? false,
      outputToo: quantizeOutput ?? false,
      retrain: options.retrain ? retrain : null,
    },
    show,
  )
}

/** In thousandths, as the view counts tasks. */
function passProgress(pass: number, passName: string, done: number, secondsElapsed: number): Progress {
  return {
    pass,
    passCount: 2,
    passName,
    tasksDone: Math.floor(done * 1000),
    tasksTotal: 1000,
    documents: 0,
    documentsKept: 0,
    bytesDone: 0,
    bytesTotal: 0,
    bytesResumed: 0,
    secondsElapsed,
  }
}
