/**
 * National numbering plans, from the metadata of libphonenumber-js (Google's libphonenumber): which numbers are given out and
 * how each country groups their digits. The library's own parser takes 20 to 50 µs a number; here each pattern is compiled
 * once and asked with digits alone, at well under 1 µs. The layout read is the one its METADATA.md describes (version 4).
 */
import { ConfigError } from '../errors/errors.js'

/** Positions in a country's list. */
const CALLING_CODE = 0
const GENERAL_PATTERN = 2
const LENGTHS = 3
const FORMATS = 4
const NATIONAL_PREFIX = 5
const TYPES = 11

export interface NumberingPlan {
  readonly callingCode: string
  /** Dialled before a national number within the country (`0`), '' where there is none. */
  readonly prefix: string
  /** Of the national number, without the prefix. */
  isPossible(national: string): boolean
  /** In a range that is given out. */
  isValid(national: string): boolean
  /** Digits of each group as the country writes this number, prefix left out; empty when there is no rule. */
  groups(national: string): readonly number[]
}

export class NumberingPlans {
  private readonly plans = new Map<string, NumberingPlan>()

  private constructor(private readonly metadata: Metadata) {}

  /** Loads the metadata: 160 KB of JavaScript, so only where phone numbers are asked for. */
  static async load(): Promise<NumberingPlans> {
    const { default: metadata } = await import('libphonenumber-js/max/metadata')
    if (metadata.version !== 4) throw new Error(`libphonenumber-js: expected metadata 4, got ${metadata.version}`)
    return new NumberingPlans(metadata as unknown as Metadata) // its type leaves the countries' lists open
  }

  /** @throws ConfigError for an unknown country */
  country(code: string): NumberingPlan {
    const known = this.plans.get(code)
    if (known !== undefined) return known
    const row = this.metadata.countries[code]
    if (row === undefined) throw new ConfigError(`mask-pii: countries: expected ISO 3166 codes as US, got "${code}"`)
    const plan = new CountryPlan(row)
    this.plans.set(code, plan)
    return plan
  }

  /** The plans behind a `+`: those of the calling code that `digits` begin with. Empty when none does. */
  ofInternational(digits: string): readonly NumberingPlan[] {
    for (let length = 1; length <= 3; length++) {
      const countries = this.metadata.country_calling_codes[digits.slice(0, length)]
      if (countries !== undefined) return countries.map((code) => this.country(code))
    }
    return []
  }
}

type Row = readonly unknown[]
interface Metadata {
  readonly countries: Readonly<Record<string, Row | undefined>>
  readonly country_calling_codes: Readonly<Record<string, readonly string[] | undefined>>
}
type FormatRow = readonly [pattern: string, format: string, leadingDigits?: readonly string[]]

class CountryPlan implements NumberingPlan {
  readonly callingCode: string
  readonly prefix: string
  private readonly lengths: readonly number[]
  private readonly general: RegExp
  private readonly types: readonly RegExp[]
  private readonly formats: readonly { readonly pattern: RegExp; readonly leading: RegExp | null }[]

  constructor(row: Row) {
    // The rows are the library's: strings and lists, 0 where there is nothing.
    this.callingCode = String(row[CALLING_CODE])
    this.prefix = typeof row[NATIONAL_PREFIX] === 'string' ? row[NATIONAL_PREFIX] : ''
    this.lengths = row[LENGTHS] as readonly number[]
    this.general = whole(String(row[GENERAL_PATTERN]))
    this.types = list<readonly [string] | 0>(row[TYPES]).flatMap((type) =>
      type === 0 || !type[0] ? [] : [whole(type[0])],
    )
    this.formats = list<FormatRow>(row[FORMATS]).map(([pattern, , leading]) => {
      const most = list<string>(leading).at(-1) // each entry is a longer form of the one before
      return { pattern: whole(pattern), leading: most === undefined ? null : new RegExp(`^(?:${most})`) }
    })
  }

  isPossible(national: string): boolean {
    return this.lengths.includes(national.length)
  }

  isValid(national: string): boolean {
    if (!this.isPossible(national) || !this.general.test(national)) return false
    return this.types.length === 0 || this.types.some((type) => type.test(national))
  }

  groups(national: string): readonly number[] {
    for (const { pattern, leading } of this.formats) {
      if (leading !== null && !leading.test(national)) continue
      const match = pattern.exec(national)
      if (match !== null) return match.slice(1).map((group) => group.length)
    }
    return []
  }
}

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`)
}

function list<T>(value: unknown): readonly T[] {
  return Array.isArray(value) ? value : []
}
