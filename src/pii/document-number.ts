/**
 * Numbers of passports and driving licences, which have no common form or check: a number of six to twelve digits and
 * capital letters right behind the words that name it. Presidio's recognizers for them work by context in the same way.
 */
import { contextWords, hasContextBefore } from './context.js'
import { type Found, isCapital, isDigit, isWord, type Page } from './page.js'

const LENGTH_MIN = 6
const LENGTH_MAX = 13
const DIGITS_MIN = 4
const SCORE = 0.7

const KINDS = [
  {
    type: 'passport',
    words:
      contextWords(`passport*, reisepass*, passnummer, passeport*, pasaporte*, passaporto*, passaporte*, paspoort*, pass-nr,
      passnr, pasnummer, passi, paszport*, паспорт*`),
  },
  {
    type: 'driverLicense',
    words: contextWords(`driver license, drivers license, driver's license, driver licence, driving licence,
      driving license, drivers licence, license number, licence number, dl, dln, permit number, führerschein*, permis de conduire,
      permiso de conducir, licencia de conducir, patente di guida, patente n, carta de condução, rijbewijs*, körkort*, førerkort*,
      prawo jazdy, permis`),
  },
] as const

/** Words that may stand between the name and the number are few: `no.`, `number`, `is`, `:`. */
const NEAR = 24

export function findDocumentNumbers(page: Page): Found[] {
  const { text, starts, ends, asked } = page
  const found: Found[] = []
  let free = 0
  for (const i of asked) {
    if (starts[i] < free) continue
    if (ends[i] - starts[i] < LENGTH_MIN && standsAlone(text, starts[i], ends[i])) continue
    let start = starts[i]
    while (start > free && starts[i] - start <= 3 && isCapital(text.charCodeAt(start - 1))) start--
    if (isWord(text.charCodeAt(start - 1)) || text[start - 1] === '.' || text[start - 1] === '-') continue
    let end = starts[i]
    let digits = 0
    for (let joint = 0; end - start <= LENGTH_MAX + 2; end++) {
      const unit = text.charCodeAt(end)
      if (isDigit(unit)) digits++
      else if (unit === 0x2d && joint < 2 && isWord(text.charCodeAt(end + 1))) joint++
      else if (!isCapital(unit)) break
    }
    free = Math.max(ends[i], end)
    const length = end - start
    if (length < LENGTH_MIN || length > LENGTH_MAX || digits < DIGITS_MIN || isWord(text.charCodeAt(end))) continue
    const kind = KINDS.find(({ words }) => hasContextBefore(page, start, words))
    if (kind !== undefined && isNear(text, start)) found.push({ start, end, type: kind.type, score: SCORE })
  }
  return found
}

/** Neither letters nor a hyphen go on from it. */
function standsAlone(text: string, start: number, end: number): boolean {
  const after = text.charCodeAt(end)
  return after !== 0x2d && !isWord(after) && !isWord(text.charCodeAt(start - 1))
}

/** No sentence ends between the words and the number, and no other clause. */
function isNear(text: string, start: number): boolean {
  return !/[!?;]|\.\s+\p{Lu}|\n\s*\n/u.test(text.slice(Math.max(0, start - NEAR), start))
}
