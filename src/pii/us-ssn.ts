/**
 * US social security numbers: three, two and four digits, never issued with area 000, 666 or 900 to 999, group 00 or serial
 * 0000 (20 CFR 422.103, SSA POMS RM 10201.035). There is no check digit, so nine digits in one piece count only where
 * words around say what they are. The numbers of the 9xx areas (ITIN) are found with those of other countries.
 */
import { contextWords } from './context.js'
import { findNumbers } from './digit-groups.js'
import type { Found, Page } from './page.js'

const HYPHEN_SCORE = 0.7
const SPACE_SCORE = 0.4
const PLAIN_SCORE = 0.2

const WORDS = contextWords('social security, social, ssn, ssns, ss, ssa, ssid, taxpayer, tax id')

/** Printed in advertisements for decades, and never anybody's since. */
const ADVERTISED = new Set(['078051120', '219099999', '123456789', '457555462'])

export function findUsSsns(page: Page): Found[] {
  return findNumbers(page, { type: 'usSsn', lastGroup, scoreOf, words: WORDS, sureScore: 1, harmless: ADVERTISED })
}

function scoreOf(digits: string, joint: string): number {
  if (!isIssued(digits)) return 0
  return joint === '-' ? HYPHEN_SCORE : joint === '' ? PLAIN_SCORE : SPACE_SCORE
}

function lastGroup({ text, starts, ends }: Page, i: number): number {
  const size = ends[i] - starts[i]
  if (size === 9) return i
  if (size !== 3 || i + 2 >= starts.length) return -1
  if (ends[i + 1] - starts[i + 1] !== 2 || ends[i + 2] - starts[i + 2] !== 4) return -1
  const joint = text[ends[i]]
  const isJoined = starts[i + 1] === ends[i] + 1 && starts[i + 2] === ends[i + 1] + 1 && text[ends[i + 1]] === joint
  return isJoined && (joint === '-' || joint === ' ' || joint === '.') ? i + 2 : -1
}

function isIssued(digits: string): boolean {
  const area = digits.slice(0, 3)
  return area !== '000' && area !== '666' && area < '900' && digits.slice(3, 5) !== '00' && digits.slice(5) !== '0000'
}
