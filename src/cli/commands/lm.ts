/** `millrace lm`: n-gram language models. */
import { Command } from 'commander'
import { makeTrain } from '../lm-train.js'
import type { Terminal } from '../terminal.js'

export default function makeLm(terminal: Terminal): Command {
  return new Command('lm').description('Train n-gram language models.').addCommand(makeTrain(terminal))
}
