/**
 * Text as CCNet puts it before its language models: Wenzek et al. 2020 (arXiv 1911.00359); the rules are those of
 * `normalize` in cc_net's `text_normalizer.py` with its defaults, one line (or one whole text) at a time:
 * white space off both ends, lower case, accents away (NFD without general category Mn, not composed again, so Hangul
 * stays in jamo), every decimal digit a 0, 33 marks by plainer ones, C0 and C1 controls away.
 *
 * A line feed is such a control. cc_net's pipeline normalizes a whole document at once, so its lines run together without
 * a space, and the document is one sentence to the model.
 *
 * Not here: the full-width 1, which that table maps to a quotation mark: digits are 0 before it is asked. Unicode's version
 * is Node's, not Python's.
 */
import { skipWhite, trimWhite } from '../text/lines.js'

/** cc_net's UNICODE_PUNCT. */
const PLAIN_MARKS: ReadonlyMap<string, string> = new Map([
  ...pairs('，、', ','),
  ...pairs('„”“«»」「《》', '"'),
  ...pairs('´’', "'"),
  ...pairs('∶：', ':'),
  ...pairs('–━►', '-'),
  ['。', '.'],
  ['．', '. '],
  ['…', '...'],
  ['—', ' - '],
  ['？', '?'],
  ['！', '!'],
  ['（', '('],
  ['）', ')'],
  ['；', ';'],
  ['～', '~'],
  ['〈', '<'],
  ['〉', '>'],
  ['【', '['],
  ['】', ']'],
  ['％', '%'],
])
const MARKS = new RegExp(`[${[...PLAIN_MARKS.keys()].join('')}]`, 'gu')

// Classes without repetition: a pass over the text each, whatever the text.
const NONSPACING_MARKS = /\p{Mn}/gu
const DECIMAL_DIGITS = /\p{Nd}/gu
const ASCII_DIGITS = /[0-9]/g
const CONTROLS = /[\0-\x1f\x7f-\x9f]/g
const BEYOND_ASCII = /[^\0-\x7f]/
/** No language stacks so many. */
const STACKED_MARKS = /\p{M}{65}/u
const PIECE_LENGTH = 1024

/** 'Café №１２, “so” – …\n' gives 'cafe №00, "so" - ...'. */
export function normalizeCcnet(text: string): string {
  const start = skipWhite(text, 0, text.length)
  const lower = text.slice(start, trimWhite(text, start, text.length)).toLowerCase()
  if (!BEYOND_ASCII.test(lower)) return lower.replace(ASCII_DIGITS, '0').replace(CONTROLS, '')
  return decompose(lower)
    .replace(NONSPACING_MARKS, '')
    .replace(DECIMAL_DIGITS, '0')
    .replace(MARKS, (mark) => PLAIN_MARKS.get(mark) ?? mark)
    .replace(CONTROLS, '')
}

/**
 * NFD. It puts stacked marks in order, which takes time by the square of their number: where too many are stacked, it is done
 * by pieces. Across a cut they stay out of order, but nearly all of them are taken away next.
 */
function decompose(text: string): string {
  if (!STACKED_MARKS.test(text)) return text.normalize('NFD')
  let decomposed = ''
  for (let start = 0; start < text.length; ) {
    let end = start + PIECE_LENGTH
    if ((text.charCodeAt(end) & 0xfc00) === 0xdc00) end++ // not between the halves of a pair
    decomposed += text.slice(start, end).normalize('NFD')
    start = end
  }
  return decomposed
}

function pairs(marks: string, plain: string): [string, string][] {
  return [...marks].map((mark) => [mark, plain])
}
