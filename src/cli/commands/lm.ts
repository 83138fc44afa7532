/** `millrace lm`: n-gram language models. */
import { Command } from 'commander'
import { makeCutoffs } from '../lm-cutoffs.js'
import { makeScore } from '../lm-score.js'
import { makeTrain } from '../lm-train.js'
import type { Terminal } from '../terminal.js'

export default function makeLm(terminal: Terminal): Command {
  return new Command('lm')
    .description('Train n-gram language models, score text with them, and cut documents by their scores.')
    .addCommand(makeTrain(terminal))
    .addCommand(makeScore(terminal))
    .addCommand(makeCutoffs(terminal))
}
