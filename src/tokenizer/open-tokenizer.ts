/** Opens tokenizer files, known by their content. */
import { isObject } from '../document/json.js'
import { ConfigError, messageOf } from '../errors/errors.js'
import type { TokenizerModel } from './model.js'
import type { TextTokenizer } from './text-tokenizer.js'
import { readTiktoken, type TiktokenAbout } from './tiktoken-file.js'
import { Tokenizer } from './tokenizer.js'
import { readBpe } from './tokenizer-json.js'
import { WordPieceTokenizer } from './wordpiece.js'
import { readWordPiece } from './wordpiece-json.js'

/**
 * Opens a tokenizer.json (BPE, WordPiece) or .tiktoken file, known by its content. How a batch is truncated and padded is its
 * maker's affair: what a tokenizer.json says of that is not looked at.
 * @param name of the file, for messages; for .tiktoken it also tells the pattern, where `about` does not
 */
export function openTokenizer(bytes: Uint8Array, name: string, about: TiktokenAbout | null = null): TextTokenizer {
  const text = textOf(bytes)
  if (!text.startsWith('{')) return new Tokenizer(readTiktoken(text, name, about), name)
  const { file, model } = parse(text, name)
  return model.type === 'WordPiece'
    ? new WordPieceTokenizer(readWordPiece(file, model, name), name)
    : new Tokenizer(readBpe(file, model, name), name)
}

/** The model of a file with byte-pair encoding. */
export function readModel(bytes: Uint8Array, name: string, about: TiktokenAbout | null = null): TokenizerModel {
  const text = textOf(bytes)
  if (!text.startsWith('{')) return readTiktoken(text, name, about)
  const { file, model } = parse(text, name)
  return readBpe(file, model, name)
}

/** Without space before the `{` of JSON. */
function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  const first = text.search(/[^\s\ufeff]/)
  return text[first] === '{' ? text.slice(first) : text
}

type Json = Readonly<Record<string, unknown>>

function parse(json: string, name: string): { file: Json; model: Json } {
  let file: unknown
  try {
    file = JSON.parse(json)
  } catch (error) {
    throw new ConfigError(`${name}: expected JSON: ${messageOf(error)}`)
  }
  if (!isObject(file)) throw new ConfigError(`${name}: expected a JSON object`)
  if (!isObject(file.model)) throw new ConfigError(`${name}, model: expected an object`)
  return { file, model: file.model }
}
