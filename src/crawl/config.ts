/** Reads a crawl's config: YAML, checked, defaults filled in, seeds made canonical. Everything wrong with it is told at once. */
import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { z } from 'zod'
import { ConfigError, messageOf } from '../errors/errors.js'
import { ConfigSource } from '../run/config-source.js'
import { Problems } from '../run/problems.js'
import { NAME, optionSchemas } from '../run/schema.js'
import type { OptionDeclarations, OptionValues } from '../stage/options.js'
import { isSubnet } from './addresses.js'
import { UrlForm } from './canonical-url.js'
import { isPortAllowed } from './scope.js'
import { BUDGET, type CrawlConfig, FETCH, OUTPUT, POLITENESS, SCOPE } from './settings.js'

const URLS = z.array(z.string())

const schema = z.strictObject({
  name: NAME.optional().describe('Name of the crawl and of its files; the file name when left out.'),
  agent: z
    .string()
    .regex(/^[A-Za-z_-]{3,40}$/, { message: 'expected 3 to 40 letters, _ and -' })
    .optional()
    .describe('Name of the crawler in User-Agent and in robots.txt; millrace when left out.'),
  contact: z
    .string()
    .refine(isContact, { message: 'expected a URL (https://…) or an e-mail address where people can reach you' })
    .describe('URL or e-mail address where a site can reach you. Sent with every request.'),
  seeds: URLS.optional().describe('URLs to begin with.'),
  seedFile: z
    .string()
    .min(1)
    .optional()
    .describe('A file with a URL a line, relative to this file; # begins a comment.'),
  sitemaps: URLS.optional().describe('Sitemaps to begin with.'),
  scope: z.strictObject(optionSchemas(SCOPE)).optional(),
  budget: z.strictObject(optionSchemas(BUDGET)).optional(),
  politeness: z.strictObject(optionSchemas(POLITENESS)).optional(),
  fetch: z.strictObject(optionSchemas(FETCH)).optional(),
  output: z.strictObject({
    warc: z.string().min(1).describe('Folder of the crawl, relative to this file; archives go to its warc/.'),
    ...optionSchemas(OUTPUT),
  }),
})

const OUTER = ['name', 'agent', 'contact', 'seedFile', 'scope', 'budget', 'politeness', 'fetch', 'output']

/** JSON Schema (draft 2020-12) of crawl configs, for editors. */
export function crawlJsonSchema(): object {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}

/**
 * @param set `KEY=VALUE` each (`budget.pages=100`), laid over the file in this order
 * @throws ConfigError with all that is wrong, one fault a line
 */
export function loadCrawlConfig(file: string, set: readonly string[] = []): CrawlConfig {
  const source = new ConfigSource(file, readText(file), OUTER)
  for (const assignment of set) source.set(assignment)
  const problems = new Problems(source)
  const checked = problems.check(schema, source.tree, [])
  problems.throwIfSome()
  if (checked === undefined) throw new ConfigError(`${file}: not checked`)
  const scope = filled(SCOPE, checked.scope)
  const form = new UrlForm(scope.dropParameters)
  const listed = checked.seedFile === undefined ? [] : linesOf(resolve(source.folderOf(['seedFile']), checked.seedFile))
  const url = (text: string, report: (message: string) => void): string[] => {
    const canonical = form.canonical(text)
    if (canonical === null) report(`expected a URL (https://…), got ${JSON.stringify(text)}`)
    else if (!isPortAllowed(new URL(canonical), scope.ports))
      report(`${canonical}: its port is not among scope.ports (${scope.ports.join(', ')})`)
    return canonical === null ? [] : [canonical]
  }
  const urlsAt = (key: 'seeds' | 'sitemaps') =>
    (checked[key] ?? []).flatMap((text, at) => url(text, (message) => problems.add([key, at], message)))
  const seeds = [
    ...urlsAt('seeds'),
    ...listed.flatMap(({ text, line }) =>
      url(text, (message) => problems.add(['seedFile'], `line ${line}: ${message}`)),
    ),
  ]
  const sitemaps = urlsAt('sitemaps')
  for (const [at, subnet] of scope.allowPrivate.entries()) {
    if (!isSubnet(subnet))
      problems.add(['scope', 'allowPrivate', at], `expected a subnet (10.1.0.0/16), got ${JSON.stringify(subnet)}`)
  }
  if (seeds.length + sitemaps.length === 0) problems.add([], 'expected seeds, a seedFile or sitemaps, got none of them')
  problems.throwIfSome()
  const { warc, ...output } = checked.output
  return {
    name: (checked.name ?? basename(file).replace(/\.ya?ml$/i, '')).replace(/[^\w.-]+/g, '-'),
    agent: checked.agent ?? 'millrace',
    contact: checked.contact,
    seeds: [...new Set(seeds)],
    sitemaps: [...new Set(sitemaps)],
    scope,
    budget: filled(BUDGET, checked.budget),
    politeness: filled(POLITENESS, checked.politeness),
    fetch: filled(FETCH, checked.fetch),
    output: filled(OUTPUT, output),
    folder: resolve(source.folderOf(['output', 'warc']), warc),
  }
}

/** Explicit values over defaults. Every option here has one. */
function filled<D extends OptionDeclarations>(declarations: D, given: object = {}): OptionValues<D> {
  const values = Object.entries(declarations).map(([name, option]) => [name, option.default])
  const explicit = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries([...values, ...explicit]) as OptionValues<D> // checked by the schema made from the declarations
}

function isContact(text: string): boolean {
  if (/^[^\s@()<>]{1,64}@[^\s@()<>]{1,190}\.[^\s@()<>.]{2,}$/.test(text)) return true
  return /^https?:\/\/[^\s()<>]+$/.test(text) && URL.canParse(text) && new URL(text).hostname.includes('.')
}

function linesOf(path: string): { text: string; line: number }[] {
  const lines = readText(path).split(/\r?\n/)
  return lines
    .map((text, at) => ({ text: text.replace(/(^|\s)#.*$/, '').trim(), line: at + 1 }))
    .filter(({ text }) => text !== '')
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError(`${file}: can't be read: ${messageOf(error)} (looked from ${dirname(resolve(file))})`)
  }
}
