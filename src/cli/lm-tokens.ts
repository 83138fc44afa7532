/** How `lm train` and `lm score` make tokens: the options, declared once, as a model is only good for tokens like its own. */
import { type Command, Option } from 'commander'
import { ConfigError } from '../errors/errors.js'
import { TEXT_PROFILES, type TextProfile, type Tokenize, tokenizerOf } from '../lm/profiles.js'
import { loadSentencePiece } from '../lm/sentencepiece.js'
import { stageResources } from '../run/resources.js'

export interface TokensOptions {
  readonly tokens: 'space' | TextProfile
  readonly sentencepiece?: string
}

export function addTokensOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--tokens <profile>', 'how tokens are made').choices(['space', ...TEXT_PROFILES]).default('space'),
    )
    .option('--sentencepiece <file>', 'for --tokens ccnet: the SentencePiece model that splits the text (*.model)')
}

/** Null: tokens stand between spaces already. */
export async function tokenizeOf({ tokens, sentencepiece }: TokensOptions): Promise<Tokenize | null> {
  if (sentencepiece !== undefined && tokens !== 'ccnet') {
    throw new ConfigError(`--sentencepiece: expected --tokens ccnet with it, got ${tokens}`)
  }
  if (tokens === 'space') return null
  if (sentencepiece === undefined) return tokenizerOf(tokens, null)
  return tokenizerOf(tokens, loadSentencePiece(await stageResources(1).readFile(sentencepiece), sentencepiece))
}
