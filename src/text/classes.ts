/**
 * What a character may do, as one word of bits a code point. The table is built once when the module loads.
 *
 * Letter ranges and affix marks are the facts behind spaCy 3.8's blank English tokenizer (`lang/char_classes.py`,
 * `lang/punctuation.py`); MARK is datatrove 0.10.1's PUNCTUATION_SET; WHITE is Python's `str.isspace`.
 */
import { DECIMAL_RUNS, ICON_RUNS, LETTER_RUNS, LOWER_RUNS, PUNCTUATION_RUNS, UPPER_RUNS } from './class-runs.js'

export const WHITE = 1
/** ASCII digit. */
export const DIGIT = 2
/** Lower-case letter, or a letter of a script without case. */
export const LOWER = 4
/** Upper-case letter, or a letter of a script without case. */
export const UPPER = 8
/** Letter to the splitting rules; a few are neither LOWER nor UPPER. */
export const ALPHA = 16
export const QUOTE = 32
/** Splits off the front of a word. */
export const PREFIX = 64
/** Splits off the end of a word. */
export const SUFFIX = 128
/** Dingbats and other symbols: split off anywhere. */
export const ICON = 256
/** Unicode letter (general category L). */
export const LETTER = 512
/** Unicode punctuation (general category P). */
export const PUNCTUATION = 1024
/** No part of a real word to the Gopher quality rules. */
export const MARK = 2048
/** Han or kana: written without spaces, one word a character. */
export const IDEOGRAPH = 4096
/** Thai, Lao, Khmer or Burmese: written without spaces, one word a syllable-like cluster. */
export const CLUSTER = 8192
/** Needs a closer look while splitting: whatever is not plainly a letter or a digit. */
export const SPECIAL = 16384
/** Decimal digit of any script. */
export const DECIMAL = 32768

/** Bits of each code point, or of each UTF-16 unit where the unit is no surrogate. Surrogates have SPECIAL, and IDEOGRAPH in Han planes. */
export const CLASS = new Uint16Array(0x110000)

// ---- sentence and line ends ----

/** Marks that end a sentence, spaCy 3.8 `pipeline/sentencizer.pyx`: 128 code points. Ranges, end exclusive. */
const SENTENCE_ENDERS = [
  0x21, 0x22, 0x2e, 0x2f, 0x3f, 0x40, 0x589, 0x58a, 0x61f, 0x620, 0x6d4, 0x6d5, 0x700, 0x703, 0x7f9, 0x7fa, 0x964,
  0x966, 0x104a, 0x104c, 0x1362, 0x1363, 0x1367, 0x1369, 0x166e, 0x166f, 0x1735, 0x1737, 0x1803, 0x1804, 0x1809, 0x180a,
  0x1944, 0x1946, 0x1aa8, 0x1aac, 0x1b5a, 0x1b5c, 0x1b5e, 0x1b60, 0x1c3b, 0x1c3d, 0x1c7e, 0x1c80, 0x203c, 0x203e,
  0x2047, 0x204a, 0x2e2e, 0x2e2f, 0x2e3c, 0x2e3d, 0x3002, 0x3003, 0xa4ff, 0xa500, 0xa60e, 0xa610, 0xa6f3, 0xa6f4,
  0xa6f7, 0xa6f8, 0xa876, 0xa878, 0xa8ce, 0xa8d0, 0xa92f, 0xa930, 0xa9c8, 0xa9ca, 0xaa5d, 0xaa60, 0xaaf0, 0xaaf2,
  0xabeb, 0xabec, 0xfe52, 0xfe53, 0xfe56, 0xfe58, 0xff01, 0xff02, 0xff0e, 0xff0f, 0xff1f, 0xff20, 0xff61, 0xff62,
  0x10a56, 0x10a58, 0x11047, 0x11049, 0x110be, 0x110c2, 0x11141, 0x11144, 0x111c5, 0x111c7, 0x111cd, 0x111ce, 0x111de,
  0x111e0, 0x11238, 0x1123a, 0x1123b, 0x1123d, 0x112a9, 0x112aa, 0x1144b, 0x1144d, 0x115c2, 0x115c4, 0x115c9, 0x115d8,
  0x11641, 0x11643, 0x1173c, 0x1173f, 0x11a42, 0x11a44, 0x11a9b, 0x11a9d, 0x11c41, 0x11c43, 0x16a6e, 0x16a70, 0x16af5,
  0x16af6, 0x16b37, 0x16b39, 0x16b44, 0x16b45, 0x1bc9f, 0x1bca0, 0x1da88, 0x1da89,
]

/** 31 more that end a line to datatrove 0.10.1 (TERMINAL_PUNCTUATION, 159 with those above). */
const MORE_LINE_ENDERS = [
  0x61d, 0x61f, 0x837, 0x838, 0x839, 0x83a, 0x83d, 0x83f, 0x17d4, 0x17d7, 0x17d9, 0x17db, 0x1b7d, 0x1b7f, 0x2e53,
  0x2e55, 0x10f55, 0x10f5a, 0x10f86, 0x10f8a, 0x11944, 0x11945, 0x11946, 0x11947, 0x11ef7, 0x11ef9, 0x11f43, 0x11f45,
  0x16e98, 0x16e99,
]

const sentenceEnders = codePoints(SENTENCE_ENDERS)
const lineEnders = new Set([...sentenceEnders, ...codePoints(MORE_LINE_ENDERS)])

/** Whether a word that is this one character ends a sentence. */
export function endsSentence(codePoint: number): boolean {
  return sentenceEnders.has(codePoint)
}

/** Whether a line whose last character is this one ends properly. */
export function endsLine(codePoint: number): boolean {
  return lineEnders.has(codePoint)
}

// ---- the table ----

/** Letters of scripts with case, as far as the splitting rules know them. Ranges, end inclusive. */
const CASED = [
  0x41, 0x5a, 0x61, 0x7a, 0xc0, 0xd6, 0xd8, 0xf6, 0xf8, 0x1bf, 0x1c4, 0x2af, 0x386, 0x386, 0x388, 0x38a, 0x38c, 0x38c,
  0x38e, 0x38f, 0x391, 0x3a9, 0x3ac, 0x3af, 0x3b1, 0x3c9, 0x3cc, 0x3ce, 0x400, 0x401, 0x403, 0x40a, 0x40c, 0x40d, 0x410,
  0x451, 0x453, 0x45a, 0x45c, 0x45d, 0x490, 0x491, 0x496, 0x497, 0x4a2, 0x4a3, 0x4ae, 0x4af, 0x4ba, 0x4bb, 0x4d8, 0x4d9,
  0x4e8, 0x4e9, 0x1d00, 0x1d25, 0x1d6b, 0x1d77, 0x1d79, 0x1d9a, 0x1e00, 0x1eff, 0x2c60, 0x2c7b, 0x2c7e, 0x2c7f, 0xa722,
  0xa76f, 0xa771, 0xa787, 0xa78b, 0xa78e, 0xa790, 0xa7b9, 0xa7fa, 0xa7fa, 0xab30, 0xab5a, 0xab60, 0xab64, 0xff21,
  0xff3a, 0xff41, 0xff5a,
]

/** Scripts without case: both LOWER and UPPER. Ranges, end inclusive. */
const UNCASED = [
  0x591, 0x5f4, 0x620, 0x64a, 0x66e, 0x6d5, 0x6e5, 0x6ff, 0x750, 0x77f, 0x8a0, 0x8bd, 0x900, 0x9ff, 0xb80, 0xcff, 0xd80,
  0xdff, 0x1100, 0x137f, 0x2e80, 0x2fdf, 0x2ff0, 0x30ff, 0x31c0, 0x31ef, 0x3200, 0x4dbf, 0x4e00, 0x9fff, 0xac00, 0xd7af,
  0xf900, 0xfaff, 0xfb1d, 0xfbb1, 0xfbd3, 0xfd3d, 0xfd50, 0xfdc7, 0xfdf0, 0xfdfb, 0xfe30, 0xfe4f, 0xfe70, 0xfefc,
  0x1ee00, 0x1eebb, 0x1f200, 0x1f2ff, 0x20000, 0x2a6df, 0x2a700, 0x2ebef, 0x2f800, 0x2fa1f,
]

/** Han, hiragana, katakana and their iteration and length marks. Ranges, end inclusive. */
const IDEOGRAPHS = [
  0x2e80, 0x2fdf, 0x3005, 0x3007, 0x3021, 0x3029, 0x3031, 0x3035, 0x3038, 0x303c, 0x3041, 0x309f, 0x30a1, 0x30fa,
  0x30fc, 0x30ff, 0x31f0, 0x31ff, 0x3400, 0x4dbf, 0x4e00, 0x9fff, 0xf900, 0xfaff, 0xff66, 0xff9f, 0x1b000, 0x1b16f,
  0x20000, 0x3fffd,
]

/** Thai, Lao, Burmese, Khmer letters, vowel signs and tone marks. Ranges, end inclusive. */
const CLUSTERS = [
  0xe01, 0xe3a, 0xe40, 0xe4e, 0xe81, 0xebd, 0xec0, 0xec4, 0xec6, 0xec6, 0xec8, 0xece, 0xedc, 0xedf, 0x1000, 0x103f,
  0x1050, 0x109d, 0x1780, 0x17d3,
]

const QUOTES = '\'"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉\u2329\u232a⟦⟧'
const MARKS_BOTH_ENDS = '…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪—–'
export const CURRENCY = '$£€¥฿₽﷼₠₡₢₣₤₥₦₧₨₩₪₫₭₮₯₰₱₲₳₴₵₶₷₸₹₺₻₼₾₿'

/** datatrove 0.10.1's PUNCTUATION without its control characters: 66 marks of ASCII and CJK. */
export const PYTHON_MARKS = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~«´»–—’“”„…∶━►、。〈〉《》「」【】！％（），．１：；？～'

fill()

function fill(): void {
  inRanges(LETTER_RUNS, LETTER)
  inRanges(PUNCTUATION_RUNS, PUNCTUATION)
  inRanges(DECIMAL_RUNS, DECIMAL)
  inRanges(ICON_RUNS, ICON | SPECIAL)
  fillLetters()
  inInclusive(IDEOGRAPHS, IDEOGRAPH | SPECIAL)
  inInclusive(CLUSTERS, CLUSTER | SPECIAL)
  inInclusive([0x30, 0x39], DIGIT)
  inInclusive([9, 13, 28, 32, 0x85, 0x85, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029], WHITE)
  inInclusive([0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000], WHITE)
  each(QUOTES, QUOTE | PREFIX | SUFFIX | SPECIAL)
  each(MARKS_BOTH_ENDS, PREFIX | SUFFIX | SPECIAL)
  each(`§%=${CURRENCY}`, PREFIX | SPECIAL)
  each('.+-~^/=\\|°²³', SPECIAL)
  each(PYTHON_MARKS, MARK)
  inInclusive([0, 8, 11, 12, 13, 31, 127, 159], MARK) // all C0 and C1 controls but TAB and LF
  for (const codePoint of lineEnders) add(codePoint, MARK)
  inInclusive([0xd800, 0xdfff], SPECIAL)
  inInclusive([0xd840, 0xd8bf], IDEOGRAPH) // first halves of the Han planes
}

function fillLetters(): void {
  inInclusive(CASED, ALPHA)
  inRanges(LOWER_RUNS, LOWER)
  inRanges(UPPER_RUNS, UPPER)
  // Case counts within the known ranges only.
  for (let codePoint = 0; codePoint < CLASS.length; codePoint++) {
    const bits = CLASS[codePoint] ?? 0
    if ((bits & (LOWER | UPPER)) !== 0 && (bits & ALPHA) === 0) CLASS[codePoint] = bits & ~(LOWER | UPPER)
  }
  add(0x294, LOWER) // spaCy's own list has it
  inInclusive(UNCASED, ALPHA | LOWER | UPPER)
}

function inRanges(ranges: readonly number[], bits: number): void {
  for (let i = 0; i < ranges.length; i += 2) {
    const end = ranges[i + 1] ?? 0
    for (let codePoint = ranges[i] ?? end; codePoint < end; codePoint++) add(codePoint, bits)
  }
}

function inInclusive(ranges: readonly number[], bits: number): void {
  for (let i = 0; i < ranges.length; i += 2) {
    const last = ranges[i + 1] ?? -1
    for (let codePoint = ranges[i] ?? 0; codePoint <= last; codePoint++) add(codePoint, bits)
  }
}

function each(characters: string, bits: number): void {
  for (const character of characters) add(character.codePointAt(0) ?? 0, bits)
}

function add(codePoint: number, bits: number): void {
  CLASS[codePoint] = (CLASS[codePoint] ?? 0) | bits
}

function codePoints(ranges: readonly number[]): Set<number> {
  const set = new Set<number>()
  for (let i = 0; i < ranges.length; i += 2) {
    const end = ranges[i + 1] ?? 0
    for (let codePoint = ranges[i] ?? end; codePoint < end; codePoint++) set.add(codePoint)
  }
  return set
}
