/** Tokenizer files that the command line names: tokenizer.json, .tiktoken, or vocab.json with merges.txt beside it. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Command, Option } from 'commander'
import { ConfigError, messageOf } from '../errors/errors.js'
import { DIGITS, type Digits, PATTERNS, type Pattern } from '../kernels/pretokens/index.js'
import { readGpt2Files } from '../tokenizer/gpt2-files.js'
import { stepOf } from '../tokenizer/known-patterns.js'
import type { SplitStep } from '../tokenizer/model.js'
import { openTokenizer } from '../tokenizer/open-tokenizer.js'
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js'
import { Tokenizer } from '../tokenizer/tokenizer.js'

/** What a .tiktoken file does not say. */
export interface PatternOptions {
  readonly pattern?: string
  readonly digits: Digits
}

export function addPatternOptions(command: Command): Command {
  return command
    .option('--pattern <name|regex>', `for .tiktoken: ${PATTERNS.join(', ')}, or a regular expression`)
    .addOption(new Option('--digits <how>', 'for .tiktoken: how digits stand').choices([...DIGITS]).default('own'))
}

/** A pattern by its name, or a regular expression. */
export function patternSteps(pattern: string, digits: Digits): SplitStep[] {
  const known = PATTERNS.find((name) => name === pattern)
  if (known !== undefined)
    return known === 'none' ? [] : [{ kind: 'scanner', pattern: known satisfies Pattern, digits }]
  if (digits !== 'own')
    throw new ConfigError('--digits: only for the named patterns; write it into the regular expression')
  return [stepOf(pattern, 'tiktoken')]
}

/** Opens a tokenizer; .gz is unpacked. Throws ConfigError. */
export function loadTokenizer(path: string, { pattern, digits }: PatternOptions): TextTokenizer {
  const bytes = readPacked(path)
  if (isVocabJson(path)) {
    const merges = join(dirname(path), basename(path).replace('vocab', 'merges').replace('.json', '.txt'))
    return new Tokenizer(readGpt2Files(bytes.toString('utf8'), readPacked(merges).toString('utf8'), path), path)
  }
  const about = pattern === undefined ? null : { split: patternSteps(pattern, digits), special: {} }
  return openTokenizer(bytes, path, about)
}

function isVocabJson(path: string): boolean {
  return /vocab\.json(\.gz)?$/.test(basename(path))
}

function readPacked(path: string): Buffer {
  try {
    const bytes = readFileSync(path)
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
  } catch (error) {
    throw new ConfigError(`${path}: can't be read: ${messageOf(error)}`)
  }
}
