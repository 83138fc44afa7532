/** `millrace classifier`: fastText models. */
import { Command } from 'commander'
import { makeReference } from '../classifier-reference.js'
import { makeClassifierScore } from '../classifier-score.js'
import { makeClassifierTrain } from '../classifier-train.js'
import type { Terminal } from '../terminal.js'

export default function makeClassifier(terminal: Terminal): Command {
  return new Command('classifier')
    .description('Train text classifiers as fastText does, and label texts with them.')
    .addCommand(makeClassifierTrain(terminal))
    .addCommand(makeClassifierScore(terminal))
    .addCommand(makeReference(terminal))
}
