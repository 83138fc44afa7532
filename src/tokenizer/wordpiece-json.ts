/**
 * WordPiece models in Hugging Face tokenizer.json (tokenizers 0.23), as BERT and its kin have them: BertNormalizer, BertPreTokenizer.
 * Whatever the file says that this can't do as it says is refused by name. Left out: the template for pairs.
 */
import { isObject } from '../document/json.js'
import { ConfigError } from '../errors/errors.js'
import type { BertRules } from './bert-words.js'
import { checkAdded, readAdded } from './tokenizer-json-added.js'
import { readTemplate } from './tokenizer-json-template.js'
import { readTokens } from './vocabulary.js'
import type { WordPieceModel } from './wordpiece.js'

type Json = Readonly<Record<string, unknown>>

/** Far above BERT's 100; what a word costs grows with it. */
const CHARACTERS_MAX = 1000

/** @param name of the file, for messages. Throws ConfigError. */
export function readWordPiece(file: Json, model: Json, name: string): WordPieceModel {
  const tokens = readTokens(model.vocab, `${name}, model.vocab`, () => false)
  const added = readAdded(file.added_tokens ?? [], `${name}, added_tokens`)
  checkAdded(added, model.vocab as Json, tokens, { kind: 'none' }, name) // readTokens has found it to be an object
  for (const { content, normalized } of added.values()) {
    if (normalized) {
      throw new ConfigError(
        `${name}, added_tokens: ${JSON.stringify(content)}: normalized is not supported beside WordPiece`,
      )
    }
  }
  const ids = new Map(tokens.texts.map((text, i) => [text, tokens.ids[i]]))
  const { unk_token: unknown = '[UNK]', continuing_subword_prefix: prefix = '##' } = model
  const unknownId = typeof unknown === 'string' ? ids.get(unknown) : undefined
  if (unknownId === undefined) {
    throw new ConfigError(`${name}, model.unk_token: ${JSON.stringify(unknown)} is not in the vocabulary`)
  }
  if (typeof prefix !== 'string' || prefix === '') {
    throw new ConfigError(`${name}, model.continuing_subword_prefix: expected a text, got ${JSON.stringify(prefix)}`)
  }
  return {
    tokens: ids,
    prefix,
    unknownId,
    charactersMax: readCharactersMax(model.max_input_chars_per_word ?? 100, name),
    rules: readRules(file.normalizer ?? null, file.pre_tokenizer ?? null, name),
    added: [...added.values()],
    ...readTemplate(file.post_processor ?? null, name),
    decoder: readDecoder(file.decoder ?? null, name),
  }
}

function readCharactersMax(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= CHARACTERS_MAX) return value
  throw new ConfigError(
    `${name}, model.max_input_chars_per_word: expected 1 to ${CHARACTERS_MAX}, got ${JSON.stringify(value)}`,
  )
}

function readRules(normalizer: unknown, preTokenizer: unknown, name: string): BertRules {
  if (!isObject(preTokenizer) || preTokenizer.type !== 'BertPreTokenizer') {
    throw new ConfigError(
      `${name}, pre_tokenizer: expected BertPreTokenizer beside WordPiece, got ${typeText(preTokenizer)}`,
    )
  }
  if (normalizer === null) return { cleanText: false, spaceHan: false, stripAccents: false, lowercase: false }
  if (!isObject(normalizer) || normalizer.type !== 'BertNormalizer') {
    throw new ConfigError(`${name}, normalizer: expected BertNormalizer beside WordPiece, got ${typeText(normalizer)}`)
  }
  const lowercase = normalizer.lowercase !== false
  return {
    cleanText: normalizer.clean_text !== false,
    spaceHan: normalizer.handle_chinese_chars !== false,
    // Where the file leaves it open, accents go with capitals.
    stripAccents: typeof normalizer.strip_accents === 'boolean' ? normalizer.strip_accents : lowercase,
    lowercase,
  }
}

function readDecoder(decoder: unknown, name: string): WordPieceModel['decoder'] {
  if (decoder === null) return null
  if (!isObject(decoder) || decoder.type !== 'WordPiece') {
    throw new ConfigError(`${name}, decoder: expected WordPiece, got ${typeText(decoder)}`)
  }
  return { prefix: typeof decoder.prefix === 'string' ? decoder.prefix : '##', cleansUp: decoder.cleanup !== false }
}

function typeText(step: unknown): string {
  return JSON.stringify(isObject(step) ? (step.type ?? null) : step)
}
