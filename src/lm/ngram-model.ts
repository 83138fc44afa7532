/** What an n-gram language model answers, and the two ways to get one: built from a file, opened from shared tables. */
import assert from 'node:assert'
import { gunzipSync } from 'node:zlib'
import { ConfigError, messageOf } from '../errors/errors.js'
import type { SharedTable } from '../stage/stage.js'
import { readArpa } from './arpa.js'
import { readKenlmBinary } from './kenlm-binary.js'
import { KENLM_MAGIC } from './kenlm-header.js'
import { isModelHeader, readModel } from './mlm-file.js'
import { type ModelFile, memoryModelFile } from './model-file.js'
import type { SharedModel } from './model-tables.js'
import { TableModel } from './scorer.js'

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
  /** The same for a line whose tokens are what stands between ASCII white space; faster, as no strings are made of them. */
  scoreLine(line: string): SentenceScore
}

/**
 * Reads a model file (ARPA, KenLM binary, or our own format; told apart by the first bytes; gzip is unpacked) into tables in
 * shared memory: made once, in the main thread. Throws ConfigError for a file that is none of these or is damaged; `name` is for messages.
 */
export function buildModel(file: ModelFile, name: string): SharedModel {
  const head = Buffer.from(file.read(0, Math.min(HEAD_BYTES, file.sizeBytes)))
  if (head[0] === 0x1f && head[1] === 0x8b) return buildModel(memoryModelFile(unpack(file, name)), name)
  if (isModelHeader(head)) return readModel(file, name)
  const text = head.toString('latin1')
  if (text.startsWith(KENLM_MAGIC)) return readKenlmBinary(file, name)
  if (/(^|\n)\\data\\\s/.test(text)) return readArpa(file, name)
  throw new ConfigError(
    `${name}: expected an n-gram model (ARPA with a line \\data\\, KenLM binary, or .mlm), got a file that begins with ${JSON.stringify(text.slice(0, 16))}`,
  )
}

/** The same tables in any thread, without a copy. */
export function openModel(shared: readonly SharedTable[]): NgramModel {
  return new TableModel(
    shared.map((memory) => {
      assert(!(memory instanceof SharedArrayBuffer))
      return memory
    }),
  )
}

/** Per token, `</s>` among them. Always a number: the largest there is where the power would be beyond it. */
export function perplexityOf({ log10, tokenCount }: SentenceScore): number {
  return Math.min(10 ** (-log10 / tokenCount), Number.MAX_VALUE)
}

function unpack(file: ModelFile, name: string): Uint8Array {
  if (file.sizeBytes > UNPACKED_BYTES_MAX) throw new ConfigError(`${name}: too large for gzip: unpack it first`)
  try {
    return gunzipSync(file.read(0, file.sizeBytes), { maxOutputLength: UNPACKED_BYTES_MAX })
  } catch (error) {
    throw new ConfigError(`${name}: expected gzip of at most 2 GiB unpacked, got ${messageOf(error)}`)
  }
}

/** In memory at once; larger models come unpacked. */
const UNPACKED_BYTES_MAX = 2 ** 31 - 1

/** Comments may stand before an ARPA file's `\data\`, within this. */
const HEAD_BYTES = 4096
