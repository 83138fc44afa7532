/** `millrace lm score`: the log10 and the perplexity of each line of a text under an n-gram model. */
import type { Readable } from 'node:stream'
import { Command } from 'commander'
import { ConfigError } from '../errors/errors.js'
import { LineSplitter, withoutMark } from '../formats/jsonl/lines.js'
import { buildModel, type NgramModel, openModel, perplexityOf, type SentenceScore } from '../lm/ngram-model.js'
import type { Tokenize } from '../lm/profiles.js'
import { stageResources } from '../run/resources.js'
import { readBytes } from './json-lines.js'
import { addTokensOptions, type TokensOptions, tokenizeOf } from './lm-tokens.js'
import type { Terminal } from './terminal.js'

interface ScoreCommandOptions extends TokensOptions {
  readonly model: string
  readonly input?: string
}

const LINE_BYTES_MAX = 512 * 2 ** 20
/** Output is handed over in pieces of about this many characters. */
const OUTPUT_LENGTH = 2 ** 16

const EXAMPLES = `
A line in gives a line out: {"tokens", "oov", "log10", "perplexity"}. log10 is that of the whole line with <s> before it and
</s> behind; tokens counts the words without </s>, and perplexity is 10 ^ (-log10 / (tokens + 1)).

Examples:
  npx millrace lm score --model model.arpa.gz < text.txt
  npx millrace lm score --model en.arpa.bin --input text.txt.gz > scores.jsonl
  npx millrace lm score --model model.mlm --tokens plain --input raw.txt
`

export function makeScore(terminal: Terminal): Command {
  const command = new Command('score')
    .description('Score lines of text with an n-gram model: ARPA, KenLM binary or .mlm.')
    .requiredOption('--model <file>', 'the model; .gz is unpacked')
    .option('--input <file>', 'lines of text; .gz is unpacked; stdin when left out')
    .addHelpText('after', EXAMPLES)
    .action(async (options: ScoreCommandOptions) => {
      const model = loadModel(options.model)
      const tokenize = await tokenizeOf(options)
      await scoreLines(terminal, options.input ?? terminal.stdin, model, tokenize)
    })
  return addTokensOptions(command)
}

function loadModel(path: string): NgramModel {
  const file = stageResources(1).openFile(path)
  try {
    return openModel(buildModel(file, path))
  } finally {
    file.close()
  }
}

async function scoreLines(
  terminal: Terminal,
  input: string | Readable,
  model: NgramModel,
  tokenize: Tokenize | null,
): Promise<void> {
  const splitter = new LineSplitter(0, LINE_BYTES_MAX)
  let output = ''
  const score = (line: Parameters<typeof withoutMark>[0]): void => {
    if (line.length > LINE_BYTES_MAX) {
      throw new ConfigError(
        `byte ${line.offset}: expected a line of at most ${LINE_BYTES_MAX} bytes, got ${line.length}`,
      )
    }
    const text = Buffer.from(withoutMark(line)).toString('utf8')
    output += scoreText(tokenize === null ? model.scoreLine(text) : model.score(tokenize(text)))
  }
  for await (const chunk of readBytes(input)) {
    for (const line of splitter.push(chunk)) {
      score(line)
      if (output.length < OUTPUT_LENGTH) continue
      await terminal.write(output)
      output = ''
    }
  }
  const last = splitter.end()
  if (last !== null) score(last)
  await terminal.write(output)
}

function scoreText(score: SentenceScore): string {
  const { log10, oovCount, tokenCount } = score
  return `${JSON.stringify({ tokens: tokenCount - 1, oov: oovCount, log10, perplexity: perplexityOf(score) })}\n`
}
