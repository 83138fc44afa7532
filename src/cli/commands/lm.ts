/** `millrace lm`: n-gram language models. */
import { Command } from 'commander'
import { makeScore } from '../lm-score.js'
import { makeTrain } from '../lm-train.js'
import type { Terminal } from '../terminal.js'

export default function makeLm(terminal: Terminal): Command {
  return new Command('lm')
    .description('Train n-gram language models, and score text with them.')
    .addCommand(makeTrain(terminal))
    .addCommand(makeScore(terminal))
}
