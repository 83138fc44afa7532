/** Dates as pages write them, to ISO 8601. What has two readings, as 3/4/2021, is left alone. */

const ISO =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:(?:T|\s{1,3})(\d{2}):?(\d{2})(?::?(\d{2}))?(?:[.,]\d{1,9})?\s?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?(?!\d)/i
const SHORT = /^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?![\d/.-])(?:[T ](\d{1,2}):(\d{2}))?/
const YEAR = /^(\d{4})$/
/** 6 May 2024, Mon, 06 May 2024 07:08:09 GMT, May 6, 2024, May 6 2024 7:08 */
const DAY_FIRST = /^(?:[A-Za-z]{3,9},?\s)?(\d{1,2})(?:st|nd|rd|th)?\.?\s([A-Za-z]{3,9})\.?,?\s(\d{4})\b/
const MONTH_FIRST = /^(?:[A-Za-z]{3,9},\s)?([A-Za-z]{3,9})\.?\s(\d{1,2})(?:st|nd|rd|th)?,?\s(\d{4})\b/
const TIME_BEHIND = /^,?\s(\d{2}):(\d{2})(?::(\d{2}))?\s?(GMT|UTC|Z|[+-]\d{4})?(?!\s?[ap]m)/i

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH_NAMES =
  /^(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)$/i

/** `2024-05-06`, with `T07:08:09+02:00` as far as the page gives it; `2024-05` or `2024` where it gives no more; else ''. */
export function isoDate(written: string): string {
  const text = written.trim().slice(0, 80)
  const iso = ISO.exec(text)
  if (iso) return dated(iso[1], iso[2], iso[3], time(iso[4], iso[5], iso[6], iso[7]))
  const short = SHORT.exec(text)
  if (short)
    return short[3] === undefined
      ? yearMonth(short[1], short[2])
      : dated(short[1], short[2], short[3], time(short[4], short[5], undefined, ''))
  const year = YEAR.exec(text)?.[1]
  if (year !== undefined) return isYear(year) ? year : ''
  const dayFirst = DAY_FIRST.exec(text)
  if (dayFirst) return named(dayFirst[3], dayFirst[2], dayFirst[1], text.slice(dayFirst[0].length))
  const monthFirst = MONTH_FIRST.exec(text)
  return monthFirst ? named(monthFirst[3], monthFirst[1], monthFirst[2], text.slice(monthFirst[0].length)) : ''
}

function named(year: string | undefined, name: string | undefined, day: string | undefined, rest: string): string {
  if (name === undefined || !MONTH_NAMES.test(name)) return ''
  const month = String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1)
  const behind = TIME_BEHIND.exec(rest)
  return dated(year, month, day, behind ? time(behind[1], behind[2], behind[3], behind[4]) : '')
}

function dated(year = '', month = '', day = '', behind = ''): string {
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  if (yearMonth(year, month) === '' || Number(day) < 1 || Number(day) > days) return ''
  return `${yearMonth(year, month)}-${day.padStart(2, '0')}${behind}`
}

function yearMonth(year = '', month = ''): string {
  return isYear(year) && Number(month) >= 1 && Number(month) <= 12 ? `${year}-${month.padStart(2, '0')}` : ''
}

/** The Gregorian calendar's years that anything on the web can be dated to. */
function isYear(year: string): boolean {
  return Number(year) >= 1583 && Number(year) <= 2200
}

function time(
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
  zone: string | undefined,
): string {
  if (
    hour === undefined ||
    minute === undefined ||
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second ?? 0) > 60
  )
    return ''
  return `T${hour.padStart(2, '0')}:${minute}${second === undefined ? '' : `:${second}`}${zoneOf(zone ?? '')}`
}

function zoneOf(zone: string): string {
  if (/^(?:Z|UTC|GMT)$/i.test(zone)) return 'Z'
  const digits = zone.replace(':', '')
  return digits.length === 3 ? `${digits}:00` : digits === '' ? '' : `${digits.slice(0, 3)}:${digits.slice(3)}`
}
