/** `millrace classifier score`: texts to labels with scores, JSON Lines in and out. */
import { Command } from 'commander'
import type { Classifier } from '../classify/classifier.js'
import { openSharedModel, shareModel } from '../classify/shared-model.js'
import { stageResources } from '../run/resources.js'
import { readFields } from './json-lines.js'
import { wholeNumber } from './option-text.js'
import type { Terminal } from './terminal.js'

interface ScoreCommandOptions {
  readonly model: string
  readonly input?: string
  readonly top: number
}

const EXAMPLES = `
A line in, {"text": …}, gives a line out, {"labels": [{"label", "score"}, …]}, best first; a line that can't be used,
{"line", "error"}. The labels have no __label__ before them. A text of which the model knows nothing has none.

Examples:
  echo '{"text": "Hello"}' | npx millrace classifier score --model lid.176.bin
  npx millrace classifier score --model quality.bin --top 1 --input texts.jsonl.gz > labels.jsonl
`

export function makeClassifierScore(terminal: Terminal): Command {
  return new Command('score')
    .description('Label texts with a fastText model: JSON Lines with text in, with labels out.')
    .requiredOption('--model <file>', 'a supervised fastText model: .bin or .ftz')
    .option('--input <file>', 'JSON Lines, may be .gz; stdin when left out')
    .option('--top <n>', 'labels a text at most; 0 for all', wholeNumber(0), 5)
    .addHelpText('after', EXAMPLES)
    .action(async (options: ScoreCommandOptions) => {
      const model = openSharedModel(await shareModel(options.model, stageResources(1)), options.model)
      const count = options.top === 0 ? model.labels.length : options.top
      for await (const line of readFields(options.input ?? terminal.stdin)) {
        const result = 'error' in line ? { error: line.error } : scoreText(model, line.fields.text, count)
        if ('error' in result) terminal.exitCode = 1
        await terminal.print(JSON.stringify('error' in result ? { line: line.line, ...result } : result))
      }
    })
}

function scoreText(model: Classifier, text: unknown, count: number): object {
  if (typeof text === 'string') return { labels: model.predict(text, count) }
  return { error: `text: expected a string, got ${text === undefined ? 'none' : typeof text}` }
}
