/** `millrace dedup`: asks a finished run about duplicates. */
import { Command } from 'commander'
import { makeDedupLookup } from '../dedup-lookup.js'
import type { Terminal } from '../terminal.js'

export default function makeDedup(terminal: Terminal): Command {
  return new Command('dedup')
    .description('Ask a finished run which of its documents a text duplicates.')
    .addCommand(makeDedupLookup(terminal))
}
