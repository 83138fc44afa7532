/** Turns what zod finds wrong into `where: path: expected …, got …`, all of a config at once. */
import { z } from 'zod'
import { ConfigError } from '../errors/errors.js'
import type { ConfigPath, ConfigSource } from './config-source.js'
import { suggestion } from './nearest.js'
import { stageTitle } from './stage-loader.js'

export class Problems {
  private readonly found: { readonly order: number; readonly message: string }[] = []

  constructor(private readonly source: ConfigSource) {}

  add(path: ConfigPath, message: string, at: 'key' | 'value' = 'value'): void {
    const parts = [this.source.where(path, at), pathText(this.source.shownPath(path)), message]
    this.found.push({ order: this.source.order(path, at), message: parts.filter((part) => part !== '').join(': ') })
  }

  /** The checked value, or undefined after noting what is wrong. */
  check<T>(schema: z.ZodType<T>, value: unknown, path: ConfigPath): T | undefined {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    for (const issue of result.error.issues) {
      const inside = issue.path.filter((key) => typeof key !== 'symbol')
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) {
          this.add([...path, ...inside, key], `unknown key${suggestion(key, keysAt(schema, inside))}`, 'key')
        }
      } else {
        const got = inside.reduce<unknown>(
          (at, key) => (at instanceof Object ? Reflect.get(at, key) : undefined),
          value,
        )
        this.add([...path, ...inside], sentence(issue, got))
      }
    }
    return undefined
  }

  /** @throws ConfigError with every problem, one a line, in the order of the file */
  throwIfSome(): void {
    const inOrder = this.found.toSorted((a, b) => a.order - b.order)
    if (inOrder.length > 0) throw new ConfigError(inOrder.map((one) => one.message).join('\n'))
  }
}

/** The keys that a mapping may have. */
function keysAt(schema: unknown, path: ConfigPath): string[] {
  let at = schema
  for (const key of [...path, null]) {
    while (at instanceof z.ZodOptional) at = at.unwrap()
    if (!(at instanceof z.ZodObject)) return []
    if (key === null) break
    at = at.shape[key]
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : []
}

/** `stages[2].filter-gopher-quality.wordCountMin`; a user's own stage by its file's name. */
export function pathText(path: ConfigPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = stageTitle(key)
    return text === '' ? name : `${text}.${name}`
  }, '')
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  never: 'nothing',
}

/** One sentence for a fault that zod found. */
function sentence(issue: z.core.$ZodIssue, got: unknown): string {
  const shown = shortValue(got)
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}, got ${shown}`
    case 'too_small':
      return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${counted(issue.origin)}, got ${shown}`
    case 'too_big':
      return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${counted(issue.origin)}, got ${shown}`
    case 'invalid_value': {
      const choices = issue.values.map(String)
      return `expected ${choices.length === 1 ? '' : 'one of '}${choices.join(', ')}, got ${shown}`
    }
    case 'invalid_union': {
      const parts = issue.errors.flatMap((errors) => errors.slice(0, 1).map((error) => sentence(error, got)))
      const expected = parts.map((part) => part.replace(/^expected /, '').replace(/, got .*$/s, ''))
      return `expected ${[...new Set(expected)].join(' or ')}, got ${shown}`
    }
    default:
      return `${issue.message}, got ${shown}`
  }
}

function counted(origin: string): string {
  return { array: ' in the list', string: ' characters' }[origin] ?? ''
}

function shortValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
