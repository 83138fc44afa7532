/**
 * What a text becomes before a language model sees it: a list of tokens a sentence. A model is only good for text in the
 * form that it was trained on, so training and scoring share these.
 *
 * `plain`: lower case; a token is a run of word characters, or one other character that is no white space (what Python finds
 * with `\w+|[^\w\s]` in `text.lower()`: a word character is a letter, a number of any kind or `_`, and no combining mark).
 * `ccnet`: CCNet's normalization (ccnet.ts), then the pieces of a SentencePiece model (sentencepiece.ts); without such a
 * model what stands between white space.
 */
import { CLASS, LETTER } from '../text/classes.js'
import { isWhite, skipWhite } from '../text/lines.js'
import { normalizeCcnet } from './ccnet.js'

export const TEXT_PROFILES = ['plain', 'ccnet'] as const
export type TextProfile = (typeof TEXT_PROFILES)[number]

/** The tokens of one sentence, in order; none where there is nothing but white space. */
export type Tokenize = (sentence: string) => readonly string[]

/** Splits normalized text, as a SentencePiece model does. */
export interface PieceEncoder {
  encode(text: string): readonly string[]
}

/** @param pieces for `ccnet`: the model that the language model was trained with, or null */
export function tokenizerOf(profile: TextProfile, pieces: PieceEncoder | null): Tokenize {
  if (profile === 'plain') return plainTokens
  if (pieces === null) return (sentence) => whiteSpaceTokens(normalizeCcnet(sentence))
  return (sentence) => pieces.encode(normalizeCcnet(sentence))
}

const WORD = 1
const WHITE = 2
const OTHER = 0
/** What each UTF-16 unit is; surrogates are looked at in pairs. */
const KIND = Uint8Array.from({ length: 0x10000 }, (_, unit) => (isWhite(unit) ? WHITE : wordKind(unit)))

function wordKind(codePoint: number): number {
  const isWord =
    codePoint === 0x5f || ((CLASS[codePoint] ?? 0) & LETTER) !== 0 || /\p{N}/u.test(String.fromCodePoint(codePoint))
  return isWord ? WORD : OTHER
}

/** 'It’s 3.5 €' gives it ’ s 3 . 5 €. A lone surrogate is a token of its own. */
export function plainTokens(sentence: string): string[] {
  const text = sentence.toLowerCase()
  const tokens: string[] = []
  const { length } = text
  let at = 0
  while (at < length) {
    const start = at
    const unit = text.charCodeAt(at)
    let kind = KIND[unit] ?? OTHER
    let width = 1
    if ((unit & 0xf800) === 0xd800) ({ kind, width } = pairAt(text, at))
    at += width
    if (kind === WHITE) continue
    if (kind === WORD) at = wordEnd(text, at)
    tokens.push(text.slice(start, at))
  }
  return tokens
}

function wordEnd(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    if ((unit & 0xf800) !== 0xd800) {
      if (KIND[unit] !== WORD) return at
      at++
    } else {
      const { kind, width } = pairAt(text, at)
      if (kind !== WORD) return at
      at += width
    }
  }
  return at
}

function pairAt(text: string, at: number): { kind: number; width: number } {
  const codePoint = text.codePointAt(at) ?? 0
  if (codePoint < 0x10000) return { kind: OTHER, width: 1 }
  return { kind: wordKind(codePoint), width: 2 }
}

/** What stands between white space, as Python's `split` cuts. */
export function whiteSpaceTokens(text: string): string[] {
  const tokens: string[] = []
  const { length } = text
  for (let start = skipWhite(text, 0, length); start < length; ) {
    let end = start
    while (end < length && !isWhite(text.charCodeAt(end))) end++
    tokens.push(text.slice(start, end))
    start = skipWhite(text, end, length)
  }
  return tokens
}
