/** The few fields of an article that pages give in JSON-LD (schema.org Article and its kinds, questions, posts, recipes). */
import { isObject } from '../document/json.js'
import { collapse, detached } from './clean.js'
import { decodeEntities } from './entities.js'

export interface JsonLd {
  headline: string
  date: string
  modified: string
  author: string
  siteName: string
  description: string
  /** Addresses and names of licenses. */
  readonly licenses: string[]
}

/** Bigger scripts describe catalogs, not articles. */
const SCRIPT_LENGTH_MAX = 200_000
const SCRIPTS_LENGTH_MAX = 1_000_000
/** Objects looked at a page. */
const OBJECTS_MAX = 500
const AUTHORS_MAX = 8
const VALUE_LENGTH_MAX = 2000
const ARTICLE = /Article|Posting|Report$|Review$|Recipe$|Question$|HowTo$|Book$|Dataset$/
const PAGE = /Page$|^CreativeWork$|^WebSite$/

/** Reads scripts in order; a field keeps the first value found, articles before pages. */
export function readJsonLd(scripts: readonly string[]): JsonLd {
  const out: JsonLd = { headline: '', date: '', modified: '', author: '', siteName: '', description: '', licenses: [] }
  const items = objectsOf(scripts)
  const byId = new Map<string, Record<string, unknown>>()
  for (const item of items) if (typeof item['@id'] === 'string' && 'name' in item) byId.set(item['@id'], item)
  for (const kind of [ARTICLE, PAGE]) for (const item of items) if (isOfKind(item, kind)) take(item, out, byId)
  for (const item of items) if (out.siteName === '' && isOfKind(item, /^WebSite$/)) out.siteName = text(item.name)
  return out
}

function objectsOf(scripts: readonly string[]): Record<string, unknown>[] {
  const queue: unknown[] = []
  let left = SCRIPTS_LENGTH_MAX
  for (const script of scripts) {
    left -= script.length
    if (script.length <= SCRIPT_LENGTH_MAX && left >= 0) queue.push(parsed(script))
  }
  const objects: Record<string, unknown>[] = []
  for (let i = 0; i < queue.length && i < OBJECTS_MAX; i++) {
    const item = queue[i]
    if (Array.isArray(item)) queue.push(...item.slice(0, OBJECTS_MAX))
    else if (isObject(item)) {
      objects.push(item)
      queue.push(item['@graph'], item.mainEntity, item.mainEntityOfPage)
    }
  }
  return objects
}

/** Null for what is no JSON even with the usual faults mended: it says nothing. */
function parsed(script: string): unknown {
  for (const mend of [same, withoutControls, withoutLooseCommas]) {
    try {
      return JSON.parse(mend(script))
    } catch {
      // tried again, mended
    }
  }
  return null
}

const same = (json: string): string => json
/** Marks of comments and CDATA around it, line breaks inside of strings, a semicolon behind the end. */
const withoutControls = (json: string): string =>
  json
    .replace(/<!--|-->|<!\[CDATA\[|\]\]>/g, '')
    .replace(/[\u0000-\u001f]/g, ' ')
    .trimEnd()
    .replace(/;$/, '')
const withoutLooseCommas = (json: string): string => withoutControls(json).replace(/, *(?=[}\]])/g, '')

function isOfKind(item: Record<string, unknown>, kind: RegExp): boolean {
  const type = item['@type']
  const types: unknown[] = Array.isArray(type) ? type.slice(0, 20) : [type]
  return types.some((name) => typeof name === 'string' && kind.test(name))
}

function take(item: Record<string, unknown>, out: JsonLd, byId: ReadonlyMap<string, Record<string, unknown>>): void {
  const isSite = isOfKind(item, /^WebSite$/)
  if (!isSite) {
    out.headline ||= text(item.headline) || text(item.name)
    out.date ||= text(item.datePublished) || text(item.dateCreated)
    out.modified ||= text(item.dateModified)
    out.author ||= namesOf(item.author, byId)
    out.description ||= text(item.description)
    const { license } = item
    for (const one of Array.isArray(license) ? license.slice(0, 8) : [license]) {
      const address = isObject(one) ? text(one.url) || text(one['@id']) || text(one.name) : text(one)
      if (address !== '') out.licenses.push(address)
    }
  }
  out.siteName ||= namesOf(item.publisher, byId)
}

/** Names of people or organizations, given as text, objects or references to objects; several with commas between. */
function namesOf(value: unknown, byId: ReadonlyMap<string, Record<string, unknown>>): string {
  const all: unknown[] = Array.isArray(value) ? value.slice(0, AUTHORS_MAX) : [value]
  const names = all.map((one) => {
    if (!isObject(one)) return text(one)
    const id = one['@id']
    return text(one.name) || (typeof id === 'string' ? text(byId.get(id)?.name) : '')
  })
  return [...new Set(names.filter((name) => name !== ''))].join(', ')
}

function text(value: unknown): string {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? detached(collapse(decodeEntities(first.slice(0, VALUE_LENGTH_MAX)))) : ''
}
