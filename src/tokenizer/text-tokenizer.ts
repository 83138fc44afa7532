/** What every tokenizer can do, whatever it is made of. A lone surrogate in a text counts as U+FFFD. */

export interface EncodeOptions {
  /** Special tokens that are found in the text; the others are encoded as the characters they are written with. */
  readonly special?: 'none' | 'all' | readonly string[]
}

/** Token i is the bytes [bytes[2i], bytes[2i + 1]) of the text's UTF-8, in the UTF-16 units [units[2i], units[2i + 1]). */
export interface Offsets {
  readonly ids: Uint32Array
  readonly bytes: Uint32Array
  /** Of a token that begins or ends inside a character, the whole character. */
  readonly units: Uint32Array
}

export interface TextTokenizer {
  /** Of the file, for messages. */
  readonly name: string
  /** One more than the highest id. */
  readonly idEnd: number
  /** Tokens of the vocabulary and added ones. */
  readonly size: number
  /** Ids that the file puts before and after a text. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Begin and end of a text: as the file puts them around it, else by the usual names; null when there are none. */
  readonly beginId: number | null
  readonly endId: number | null
  /** Ids of a text; nothing is put around them. */
  encode(text: string, options?: EncodeOptions): Uint32Array
  /** How many ids `encode` gives. */
  count(text: string, options?: EncodeOptions): number
  encodeWithOffsets(text: string, options?: EncodeOptions): Offsets
  /** The text of ids. Bytes that are no UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>): string
  /** The bytes of one token. Throws RecordError for an id that is none. */
  bytesOf(id: number): Uint8Array
  /** Whether some token has this id. */
  has(id: number): boolean
  /** Whether the id is that of a special token. */
  isSpecial(id: number): boolean
  /** Whether a token goes on with the word of the token before it; null where the vocabulary does not tell. */
  continuesWord(id: number): boolean | null
  /** Id of an added or special token; null when there is none of this name. */
  addedId(content: string): number | null
}
