/**
 * A guess at the encoding of bytes that name none and are not UTF-8, by which script comes out of a reading. East Asian
 * encodings are tried strictly and must give what their languages are full of (kana, Hangul, common Han); Cyrillic is told
 * by where its lower-case letters lie. Anything else is windows-1252, as in browsers of Western locales. Covers the common
 * cases only: no Greek, Turkish, Hebrew, Arabic, Thai or Central European pages.
 */
import { TextDecoder } from 'node:util'

const SAMPLE_SIZE = 65_536
/** High bytes needed to say anything, and their share among letters where text is not in a Latin script. */
const HIGH_COUNT_MIN = 24
const HIGH_SHARE_MIN = 0.3

interface Candidate {
  readonly encoding: string
  /** Share of the non-ASCII characters that must be these. */
  readonly typical: RegExp
  readonly shareMin: number
}

/** In order: the first that fits is taken. Kana first, as Japanese text is hardly ever without. */
const EAST_ASIAN: readonly Candidate[] = [
  { encoding: 'shift_jis', typical: /[\u3041-\u3093\u30a1-\u30f6]/g, shareMin: 0.25 },
  { encoding: 'euc-jp', typical: /[\u3041-\u3093\u30a1-\u30f6]/g, shareMin: 0.25 },
  { encoding: 'euc-kr', typical: /[\uac00-\ud7a3]/g, shareMin: 0.6 },
  // The commonest characters of modern Chinese, simplified and traditional.
  { encoding: 'gb18030', typical: /[的一是不了在有人我他这中大来上个国说们为和你地出到]/g, shareMin: 0.06 },
  { encoding: 'big5', typical: /[的一是不了在有人我他這中大來上個國說們為和你地出到]/g, shareMin: 0.06 },
]

/** Canonical name of the most likely encoding. */
export function guessEncoding(bytes: Uint8Array): string {
  const sample = bytes.subarray(0, SAMPLE_SIZE)
  const count = countBytes(sample)
  if (count.high < HIGH_COUNT_MIN) return 'windows-1252'
  for (const candidate of EAST_ASIAN) if (fits(sample, candidate)) return candidate.encoding
  if (count.high < HIGH_SHARE_MIN * (count.high + count.letters)) return 'windows-1252'
  if (count.highUpperHalf > 0.6 * count.high) return 'windows-1251' // lower case at 0xE0..0xFF
  if (count.highLowerHalf > 0.6 * count.high) return 'koi8-r' // lower case at 0xC0..0xDF
  return 'windows-1252'
}

/** Counts outside of tags: markup is ASCII whatever the text is. */
function countBytes(sample: Uint8Array) {
  let letters = 0
  let high = 0
  let highUpperHalf = 0
  let highLowerHalf = 0
  let inTag = false
  for (const byte of sample) {
    if (byte === 0x3c) inTag = true
    else if (byte === 0x3e) inTag = false
    else if (inTag) continue
    else if (byte >= 0x80) {
      high++
      if (byte >= 0xe0) highUpperHalf++
      else if (byte >= 0xc0) highLowerHalf++
    } else if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) letters++
  }
  return { letters, high, highUpperHalf, highLowerHalf }
}

function fits(sample: Uint8Array, { encoding, typical, shareMin }: Candidate): boolean {
  const text = strictly(sample, encoding)
  if (text === null) return false
  const beyond = text.match(/[^\u0000-\u007f]/g)?.length ?? 0
  return beyond > 0 && (text.match(typical)?.length ?? 0) >= shareMin * beyond
}

/** The sample read without forgiving; null where it can't be. A character cut at the sample's end is forgiven. */
function strictly(sample: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(sample, { stream: true })
  } catch {
    return null // a TypeError: these bytes are not in that encoding, which is an answer
  }
}
