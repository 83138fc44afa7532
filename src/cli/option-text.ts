/** How options of the command line are read, and how declared options are shown. */
import { InvalidArgumentError } from 'commander'
import { z } from 'zod'
import type { Option } from '../stage/options.js'

/** For commander: a whole number of at least `min`. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < min) throw new InvalidArgumentError(`expected a whole number of at least ${min}`)
    return value
  }
}

/** For commander: an option that may be given several times. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

export interface OptionRow {
  readonly name: string
  /** `integer`, `number`, `text`, `drop | annotate`, `list of text`, … */
  readonly type: string
  /** As it is written in a config; '' when it must be given. */
  readonly default: string
  readonly unit: string
  /** `0 to 1`, `at least 5`, '' */
  readonly bounds: string
  readonly meaning: string
}

/** What a help text says of a declared option, taken from its schema. */
export function optionRow(name: string, option: Option<unknown>): OptionRow {
  const json = z.toJSONSchema(option.schema, { io: 'input', unrepresentable: 'any' })
  return {
    name,
    type: option.isPath ? typeText(json).replace('text', 'path') : typeText(json),
    default: option.default === undefined ? '' : JSON.stringify(option.default),
    unit: option.unit,
    bounds: boundsText(json),
    meaning: option.meaning,
  }
}

type Json = z.core.JSONSchema.BaseSchema

function typeText(json: Json): string {
  if (json.enum) return json.enum.map(String).join(' | ')
  if (json.const !== undefined) return String(json.const)
  if (json.anyOf) return json.anyOf.map((part) => (typeof part === 'object' ? typeText(part) : '')).join(' | ')
  if (json.type === 'array') {
    const item = json.items
    return `list of ${typeof item === 'object' && !Array.isArray(item) ? typeText(item) : 'anything'}`
  }
  return (
    { string: 'text', boolean: 'true | false', object: 'mapping' }[String(json.type)] ?? String(json.type ?? 'anything')
  )
}

/** zod bounds whole numbers by the safe integers; those say nothing to a reader. */
function boundsText(json: Json): string {
  const low = json.minimum !== undefined && json.minimum > Number.MIN_SAFE_INTEGER ? json.minimum : undefined
  const high = json.maximum !== undefined && json.maximum < Number.MAX_SAFE_INTEGER ? json.maximum : undefined
  if (low !== undefined && high !== undefined) return `${low} to ${high}`
  if (low !== undefined) return `at least ${low}`
  return high !== undefined ? `at most ${high}` : ''
}
