/** Opens tokenizer files, known by their content. */
import type { TokenizerModel } from './model.js'
import { readTiktoken, type TiktokenAbout } from './tiktoken-file.js'
import { Tokenizer } from './tokenizer.js'
import { readTokenizerJson } from './tokenizer-json.js'

/**
 * Opens a tokenizer.json or .tiktoken file, known by its content.
 * @param name of the file, for messages; for .tiktoken it also tells the pattern, where `about` does not
 */
export function openTokenizer(bytes: Uint8Array, name: string, about: TiktokenAbout | null = null): Tokenizer {
  return new Tokenizer(readModel(bytes, name, about), name)
}

export function readModel(bytes: Uint8Array, name: string, about: TiktokenAbout | null = null): TokenizerModel {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  const first = text.search(/[^\s\ufeff]/)
  return text[first] === '{' ? readTokenizerJson(text.slice(first), name) : readTiktoken(text, name, about)
}
