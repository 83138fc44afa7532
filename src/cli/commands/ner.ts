/** `millrace ner`: named entities. */
import { Command } from 'commander'
import { makeNerTag } from '../ner-tag.js'
import { makeNerTrain } from '../ner-train.js'
import type { Terminal } from '../terminal.js'

export default function makeNer(terminal: Terminal): Command {
  return new Command('ner')
    .description('Find persons, organizations and locations in texts, and train a model that does.')
    .addCommand(makeNerTrain(terminal))
    .addCommand(makeNerTag(terminal))
}
