/**
 * A guess at the encoding of bytes that name none and are not UTF-8, by which script comes out of a reading. East Asian
 * encodings are tried strictly and must give what their languages are full of (kana, Hangul, common Han). Alphabets of their
 * own are told by their commonest letters, Central European Latin by letters that Western Latin has symbols in place of.
 * Anything else is windows-1252, as in browsers of Western locales; Turkish, Baltic and Vietnamese pages are read as that too.
 */
import { Buffer } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { readWindows1252 } from './windows-1252.js'

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
  if (count.high < HIGH_COUNT_MIN) return ofLatin(sample, count.high)
  for (const candidate of EAST_ASIAN) if (fits(sample, candidate)) return candidate.encoding
  if (count.high < HIGH_SHARE_MIN * (count.high + count.letters)) return ofLatin(sample, count.high)
  return ofAlphabet(sample) ?? 'windows-1252'
}

/** The commonest letters of languages in the script, and the encodings in which it is met. */
const ALPHABETS: readonly { readonly letters: string; readonly encodings: readonly string[] }[] = [
  {
    letters: 'оеаинтсрвлкмдпуяызьбгчі',
    encodings: ['windows-1251', 'koi8-u', 'iso-8859-5', 'ibm866', 'x-mac-cyrillic'],
  },
  { letters: 'αοιετσνηυρπκμλςίόάέή', encodings: ['windows-1253'] },
  { letters: 'יוהלארתבמשנםדקעחפט', encodings: ['windows-1255'] },
  { letters: 'اليمنورتبةعدسفهكقح', encodings: ['windows-1256', 'iso-8859-6'] },
  { letters: 'านรอกเงมลยวดท่้สตะปบคัี', encodings: ['windows-874'] },
]
/** Share of the characters beyond ASCII that the commonest letters must have. */
const COMMON_SHARE_MIN = 0.6

function ofAlphabet(sample: Uint8Array): string | null {
  let best: string | null = null
  let shareMax = COMMON_SHARE_MIN
  for (const { letters, encodings } of ALPHABETS) {
    for (const encoding of encodings) {
      const share = shareOf(new Set(letters), new TextDecoder(encoding).decode(sample))
      if (share <= shareMax) continue
      best = encoding
      shareMax = share
    }
  }
  return best
}

function shareOf(letters: ReadonlySet<string>, text: string): number {
  let found = 0
  let beyond = 0
  for (const char of text) {
    if (char < '\u0080') continue
    beyond++
    if (letters.has(char)) found++
  }
  return beyond === 0 ? 0 : found / beyond
}

/** Letters of Polish, Czech, Slovak, Hungarian, Romanian, Croatian, Slovene. */
const CENTRAL = new Set('ąćęłńóśźżáčďéěíňřšťúůýžőűöüăâîşţđäôľĺŕĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇŘŠŤÚŮÝŽŐŰÖÜĂÂÎŞŢĐÄ')
const WESTERN = new Set('éèêëàâäáãåæçñíìîïóòôöõøœúùûüýÿßþðÉÈÊÀÂÄÁÃÅÆÇÑÍÓÔÖÕØŒÚÙÛÜ’‘“”«»–—…·°©®€£')
/** How much better the reading must be. */
const CENTRAL_LEAD_MIN = 0.15
const CENTRAL_COUNT_MIN = 6

function ofLatin(sample: Uint8Array, highCount: number): string {
  if (highCount < CENTRAL_COUNT_MIN) return 'windows-1252'
  const read = readWindows1252(Buffer.from(sample).toString('latin1'))
  // What is Czech reads as a mix of Nordic and Romance letters that no language has.
  const isMixed = shareOf(new Set('øØ'), read) > 0.05 && shareOf(new Set('ìèùòÈ'), read) > 0.1
  const [windows = 0, iso = 0] = ['windows-1250', 'iso-8859-2'].map((encoding) =>
    shareOf(CENTRAL, new TextDecoder(encoding).decode(sample)),
  )
  if (!isMixed && Math.max(windows, iso) < shareOf(WESTERN, read) + CENTRAL_LEAD_MIN) return 'windows-1252'
  if (windows !== iso) return windows > iso ? 'windows-1250' : 'iso-8859-2'
  return sample.some((byte) => byte >= 0x80 && byte < 0xa0) ? 'windows-1250' : 'iso-8859-2' // those are controls in the latter
}

/** Counts outside of tags: markup is ASCII whatever the text is. */
function countBytes(sample: Uint8Array) {
  let letters = 0
  let high = 0
  let inTag = false
  for (const byte of sample) {
    if (byte === 0x3c) inTag = true
    else if (byte === 0x3e) inTag = false
    else if (inTag) continue
    else if (byte >= 0x80) high++
    else if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) letters++
  }
  return { letters, high }
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
