/**
 * Hugging Face tokenizer.json (tokenizers 0.23): BPE models, read and written. Byte-level ones, and those over characters
 * with spaces written as U+2581 (Llama 2, Gemma). Whatever the file says that this can't do as it says is refused by name.
 * Left out: `decoder`, for ids say all that decoding needs, and the template for pairs.
 */
import { ConfigError } from '../errors/errors.js'
import { CHARACTER_OF_BYTE } from './byte-alphabet.js'
import type { Alphabet, TokenizerModel } from './model.js'
import { checkAdded, namedByMerges, readAdded } from './tokenizer-json-added.js'
import { readTemplate } from './tokenizer-json-template.js'
import { readNormalizer, readPreTokenizer, type TextRules } from './tokenizer-json-text.js'
import { byteLevelBytes, type NamedTokens, readMerges, readTokens } from './vocabulary.js'

type Json = Readonly<Record<string, unknown>>

/**
 * @param file the whole of it, with `model` in it
 * @param name of the file, for messages
 * @throws ConfigError
 */
export function readBpe(file: Json, model: Json, name: string): TokenizerModel {
  checkModel(model, name)
  const added = readAdded(file.added_tokens ?? [], `${name}, added_tokens`)
  const rules = readTextRules(file, name)
  const named = rules.isByteLevel ? namedByMerges(model.merges, added) : null
  const isOnlyAdded = (text: string): boolean =>
    named !== null && added.has(text) && !named.has(text) && !CHARACTER_OF_BYTE.includes(text)
  const tokens = readTokens(model.vocab, `${name}, model.vocab`, isOnlyAdded)
  checkAdded(added, model.vocab as Json, tokens, rules.normalization, name) // readTokens has found it to be an object
  const bytes = rules.isByteLevel ? byteLevelBytes(tokens, name) : characterBytes(tokens)
  return {
    vocabulary: {
      ...bytes,
      ids: tokens.ids,
      merges: readMerges(model.merges, tokens, `${name}, model.merges`),
      wholePieces: model.ignore_merges === true,
      alphabet: rules.isByteLevel ? { kind: 'bytes' } : readAlphabet(model, tokens, name),
    },
    added: [...added.values()],
    normalization: rules.normalization,
    split: rules.split,
    prefixSpace: rules.prefixSpace,
    ...readTemplate(file.post_processor ?? null, name),
  }
}

function checkModel(model: Json, name: string): void {
  if (model.type !== undefined && model.type !== 'BPE') {
    throw new ConfigError(`${name}, model.type: expected BPE or WordPiece, got ${JSON.stringify(model.type)}`)
  }
  const without = (key: string, ...nothing: unknown[]): void => {
    if (model[key] != null && !nothing.includes(model[key])) {
      throw new ConfigError(`${name}, model.${key}: ${JSON.stringify(model[key])} is not supported`)
    }
  }
  without('dropout', 0)
  without('continuing_subword_prefix', '')
  without('end_of_word_suffix', '')
}

function readTextRules(file: Json, name: string): TextRules {
  const normalization = readNormalizer(file.normalizer ?? null, name)
  return readPreTokenizer(file.pre_tokenizer ?? null, normalization, name)
}

// ---- tokens ----

function characterBytes({ texts }: NamedTokens): { bytes: Uint8Array; offsets: Uint32Array } {
  const parts = texts.map((text) => Buffer.from(text))
  const offsets = new Uint32Array(parts.length + 1)
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i] + part.length
  return { bytes: Buffer.concat(parts), offsets }
}

function readAlphabet(model: Json, { numberOf, ids }: NamedTokens, name: string): Alphabet {
  const numbers = Array.from({ length: 256 }, (_, byte) =>
    numberOf.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  )
  const isComplete = numbers.every((number) => number !== undefined)
  if (model.byte_fallback === true && !isComplete) {
    throw new ConfigError(`${name}, model.byte_fallback: expected tokens <0x00> to <0xFF> in the vocabulary`)
  }
  const unknown = model.unk_token ?? null
  const unknownNumber = typeof unknown === 'string' ? numberOf.get(unknown) : undefined
  if (unknown !== null && unknownNumber === undefined) {
    throw new ConfigError(`${name}, model.unk_token: ${JSON.stringify(unknown)} is not in the vocabulary`)
  }
  return {
    kind: 'characters',
    fallback: model.byte_fallback === true ? Uint32Array.from(numbers as number[]) : null, // complete, as just checked
    unknownId: unknownNumber === undefined ? null : ids[unknownNumber],
    fuseUnknown: model.fuse_unk === true,
  }
}
