/** `millrace tokenizer`: byte-pair encoding. */
import { Command } from 'commander'
import type { Terminal } from '../terminal.js'
import { makeCompare } from '../tokenizer-compare.js'
import { makeDecode } from '../tokenizer-decode.js'
import { makeEncode } from '../tokenizer-encode.js'
import { makeTokenizerTrain } from '../tokenizer-train.js'

export default function makeTokenizer(terminal: Terminal): Command {
  return new Command('tokenizer')
    .description('Train byte-pair tokenizers, encode and decode text with them, and compare them.')
    .addCommand(makeTokenizerTrain(terminal))
    .addCommand(makeEncode(terminal))
    .addCommand(makeDecode(terminal))
    .addCommand(makeCompare(terminal))
}
