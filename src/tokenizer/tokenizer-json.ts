/**
 * Hugging Face tokenizer.json (tokenizers 0.23): BPE models, read and written. Byte-level ones, and those over characters
 * with spaces written as U+2581 (Llama 2, Gemma). Whatever the file says that this can't do as it says is refused by name.
 * Left out: `decoder`, for ids say all that decoding needs, and the template for pairs.
 */
import { isObject } from '../document/json.js'
import { ConfigError, messageOf } from '../errors/errors.js'
import { CHARACTER_OF_BYTE } from './byte-alphabet.js'
import type { Alphabet, TokenizerModel } from './model.js'
import { checkAdded, namedByMerges, readAdded } from './tokenizer-json-added.js'
import { readNormalizer, readPreTokenizer, type TextRules } from './tokenizer-json-text.js'
import { byteLevelBytes, checkId, type NamedTokens, readMerges, readTokens } from './vocabulary.js'

type Json = Readonly<Record<string, unknown>>

/** @param name of the file, for messages. Throws ConfigError. */
export function readTokenizerJson(json: string, name: string): TokenizerModel {
  const file = parse(json, name)
  for (const key of ['truncation', 'padding']) {
    if (file[key] != null) throw new ConfigError(`${name}: ${key} is not supported, expected null`)
  }
  const model = file.model
  if (!isObject(model)) throw new ConfigError(`${name}, model: expected an object`)
  checkModel(model, name)
  const added = readAdded(file.added_tokens ?? [], `${name}, added_tokens`)
  const rules = readTextRules(file, name)
  const named = rules.isByteLevel ? namedByMerges(model.merges, added) : null
  const isOnlyAdded = (text: string): boolean =>
    named !== null && added.has(text) && !named.has(text) && !CHARACTER_OF_BYTE.includes(text)
  const tokens = readTokens(model.vocab, `${name}, model.vocab`, isOnlyAdded)
  checkAdded(added, model.vocab as Json, tokens, rules, name) // readTokens has found it to be an object
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

function parse(json: string, name: string): Json {
  let file: unknown
  try {
    file = JSON.parse(json)
  } catch (error) {
    throw new ConfigError(`${name}: expected JSON: ${messageOf(error)}`)
  }
  if (!isObject(file)) throw new ConfigError(`${name}: expected a JSON object`)
  return file
}

function checkModel(model: Json, name: string): void {
  if (model.type !== undefined && model.type !== 'BPE') {
    throw new ConfigError(`${name}, model.type: expected BPE, got ${JSON.stringify(model.type)}`)
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

// ---- what goes around a text ----

/** Ids before and behind the text of a post-processor. */
function readTemplate(processor: unknown, name: string): { before: number[]; after: number[] } {
  const nothing = { before: [], after: [] }
  if (processor === null) return nothing
  const where = `${name}, post_processor`
  if (!isObject(processor)) throw new ConfigError(`${where}: expected an object`)
  switch (processor.type) {
    case 'ByteLevel':
      return nothing
    case 'Sequence': {
      const parts = Array.isArray(processor.processors) ? processor.processors : []
      const templates = parts.map((part) => readTemplate(part, name))
      return { before: templates.flatMap(({ before }) => before), after: templates.flatMap(({ after }) => after) }
    }
    case 'TemplateProcessing':
      return readPieces(processor, where)
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const idOf = (key: string): number =>
        checkId(Array.isArray(processor[key]) ? processor[key][1] : undefined, `${where}, ${key}`)
      return { before: [idOf('cls')], after: [idOf('sep')] }
    }
    default:
      throw new ConfigError(`${where}.type: ${JSON.stringify(processor.type)} is not supported`)
  }
}

function readPieces(processor: Json, where: string): { before: number[]; after: number[] } {
  const { single, special_tokens: special } = processor
  if (!Array.isArray(single) || !isObject(special)) {
    throw new ConfigError(`${where}: expected a template with single and special_tokens`)
  }
  const sides: { before: number[]; after: number[] } = { before: [], after: [] }
  let side: 'before' | 'after' = 'before'
  for (const piece of single as unknown[]) {
    if (isObject(piece) && isObject(piece.Sequence)) side = 'after'
    else {
      const id = isObject(piece) && isObject(piece.SpecialToken) ? piece.SpecialToken.id : undefined
      const token = typeof id === 'string' ? special[id] : undefined
      if (!isObject(token) || !Array.isArray(token.ids)) {
        throw new ConfigError(`${where}: ${JSON.stringify(piece)} names no token of special_tokens`)
      }
      for (const one of token.ids) sides[side].push(checkId(one, where))
    }
  }
  return sides
}
