/** Random text for property tests. */
import type { Random } from './random.js'

const ALPHABETS = [
  'abc xyz\n',
  'äöüß',
  '東京都市',
  '😀🏴\u{10ffff}',
  '\0\u0001\u007f\u0085\u2028\u2029',
  '"\\{}[],:',
  '\r\n\t\v',
].map((alphabet) => [...alphabet])

/** Up to `lengthMax` code points: ASCII, accents, CJK, astral, control and JSON characters; no lone surrogates. */
export function randomText(random: Random, lengthMax: number): string {
  let out = ''
  for (let left = random.below(lengthMax + 1); left > 0; left--) out += random.pick(random.pick(ALPHABETS))
  return out
}
