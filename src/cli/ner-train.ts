/** `millrace ner train`: a model of entities from sentences with tagged tokens. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { ConfigError, messageOf } from '../errors/errors.js'
import { expandPatterns } from '../io/input-files.js'
import { writeWholeFile } from '../io/written-file.js'
import { encodeNerModel } from '../ner/model.js'
import { type NerTrainingOptions, type TaggedSentence, trainNer } from '../ner/train.js'
import { type Fields, readFields } from './json-lines.js'
import type { LogForm } from './live-line.js'
import { wholeNumber } from './option-text.js'
import { ProgressView } from './progress.js'
import type { Terminal } from './terminal.js'
import { bytesText, countText, durationText } from './text.js'

interface TrainCommandOptions extends Omit<NerTrainingOptions, 'lists'> {
  readonly output: string
  readonly lists?: string
  readonly log?: LogForm
  readonly quiet?: true
}

const EXAMPLES = `
A line is a sentence: {"tokens": […], "tags": […]}, one tag a token, B- and I- (or I- alone) and the type, or O. Types are told by
their usual names: PER or person; ORG, corporation or group; LOC, location, GPE or FAC; others are no entities. Tokens are joined by
spaces and split again as texts are. --lists is a folder of text files with a word or phrase a line, each file a hint of its own
(first names, countries, …). The same lines, lists, options and seed give the same bytes.

Examples:
  npx millrace ner train --output people.mner sentences.jsonl.gz
  npx millrace ner train --output people.mner --lists lists --epochs 20 news.jsonl.gz invented.jsonl
`

export function makeNerTrain(terminal: Terminal): Command {
  return new Command('train')
    .description('Train a model of entities from sentences with tagged tokens.')
    .argument('<files...>', 'JSON Lines, may be .gz; globs are expanded')
    .requiredOption('--output <file>', 'the model')
    .option('--lists <folder>', 'text files with words and phrases that hint at entities')
    .option('--epochs <n>', 'times that each sentence is learned from', wholeNumber(1), 12)
    .option('--learning-rate <rate>', "AdaGrad's", aboveZero, 0.1)
    .option('--decay <rate>', 'of weights', zeroOrMore, 0.001)
    .option('--count-min <n>', 'rarer features are left out', wholeNumber(1), 2)
    .option('--features-max <n>', 'features that are kept', wholeNumber(1), 200_000)
    .option('--dropout <share>', 'of list hits left out', share, 0.3)
    .option('--lower-share <share>', 'of sentences repeated in lower case', share, 0.15)
    .option('--upper-share <share>', 'of sentences repeated in capitals', share, 0.05)
    .option('--seed <n>', 'of order and chance', wholeNumber(0), 1)
    .addOption(new Option('--log <form>', 'how progress is shown on stderr').choices(['bars', 'plain', 'json']))
    .option('--quiet', 'show warnings, errors and the result only')
    .addHelpText('after', EXAMPLES)
    .action((files: string[], options: TrainCommandOptions) => train(terminal, files, options))
}

function numberWhere(isFit: (value: number) => boolean, meaning: string) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !isFit(value)) throw new InvalidArgumentError(`expected ${meaning}`)
    return value
  }
}

function aboveZero(text: string): number {
  return numberWhere((value) => value > 0 && value < 1e6, 'a number above 0')(text)
}

function zeroOrMore(text: string): number {
  return numberWhere((value) => value >= 0 && value < 1, 'a number from 0 to below 1')(text)
}

function share(text: string): number {
  return numberWhere((value) => value >= 0 && value <= 1, 'a number from 0 to 1')(text)
}

async function train(terminal: Terminal, patterns: string[], options: TrainCommandOptions): Promise<void> {
  const form = options.log ?? (terminal.interactive ? 'bars' : 'plain')
  terminal.jsonMessages = form === 'json'
  const output = resolve(options.output)
  const began = performance.now()
  const view = new ProgressView(terminal, form, options.quiet ?? false, () => performance.now())
  const lists = options.lists === undefined ? [] : readLists(options.lists)
  const sentences: TaggedSentence[] = []
  for (const { path } of await expandPatterns(patterns, resolve())) {
    for await (const line of readFields(path)) {
      if ('error' in line) throw new ConfigError(`${path}: line ${line.line}: ${line.error}`)
      sentences.push(sentenceOf(line.fields, `${path}: line ${line.line}`))
    }
  }
  if (sentences.length === 0) throw new ConfigError('expected a sentence at least, got none')
  let loss = 0
  const model = trainNer(sentences, { ...options, lists }, (epoch, mean) => {
    loss = mean
    view.update({
      pass: 1,
      passCount: 1,
      passName: 'train',
      tasksDone: epoch,
      tasksTotal: options.epochs,
      documents: 0,
      documentsKept: 0,
      bytesDone: 0,
      bytesTotal: 0,
      bytesResumed: 0,
      secondsElapsed: (performance.now() - began) / 1000,
    })
  })
  view.end()
  const bytes = encodeNerModel(model)
  writeWholeFile(output, [bytes])
  await terminal.print(
    `${countText(sentences.length)} sentences; ${countText(model.keys.filter((key) => key !== 0).length)} features, ${countText(model.lexicon.hashes.length)} list entries; mean loss ${loss.toFixed(4)}`,
  )
  const seconds = (performance.now() - began) / 1000
  await terminal.print(`${durationText(seconds)}; ${options.output}, ${bytesText(bytes.length)}`)
}

function sentenceOf({ tokens, tags }: Fields, where: string): TaggedSentence {
  if (!isTexts(tokens)) throw new ConfigError(`${where}: tokens: expected a list of strings`)
  if (!isTexts(tags)) throw new ConfigError(`${where}: tags: expected a list of strings`)
  if (tokens.length !== tags.length) {
    throw new ConfigError(`${where}: expected as many tags as tokens, got ${tags.length} and ${tokens.length}`)
  }
  return { tokens, tags }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** In the order of the files' names. */
function readLists(folder: string): string[][] {
  try {
    const names = readdirSync(resolve(folder)).filter((name) => name.endsWith('.txt'))
    return names.sort().map((name) => readFileSync(join(resolve(folder), name), 'utf8').split(/\r?\n/))
  } catch (error) {
    throw new ConfigError(`${folder}: lists can't be read: ${messageOf(error)}`)
  }
}
