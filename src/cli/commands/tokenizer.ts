/** `millrace tokenizer`: byte-pair encoding. */
import { Command } from 'commander'
import type { Terminal } from '../terminal.js'
import { makeCompare } from '../tokenizer-compare.js'
import { makeDecode } from '../tokenizer-decode.js'
import { makeEncode } from '../tokenizer-encode.js'

export default function makeTokenizer(terminal: Terminal): Command {
  return new Command('tokenizer')
    .description('Encode and decode text with byte-pair tokenizers, and compare them.')
    .addCommand(makeEncode(terminal))
    .addCommand(makeDecode(terminal))
    .addCommand(makeCompare(terminal))
}
