/** The few fields of an article that pages give in JSON-LD (schema.org Article and its kinds). */
import { isObject } from '../document/json.js'
import { collapse } from './clean.js'

export interface JsonLd {
  headline: string
  date: string
  author: string
  siteName: string
  description: string
}

/** Bigger scripts describe catalogs, not articles. */
const SCRIPT_LENGTH_MAX = 200_000
/** Objects looked at a page. */
const OBJECTS_MAX = 500
const ARTICLE = /Article|Posting|Report|WebPage$|NewsArticle|Review$|Recipe$/

/** Reads scripts in order; a field keeps the first value found. Malformed scripts are passed over, as browsers do. */
export function readJsonLd(scripts: readonly string[]): JsonLd {
  const out: JsonLd = { headline: '', date: '', author: '', siteName: '', description: '' }
  const queue: unknown[] = []
  for (const script of scripts) if (script.length <= SCRIPT_LENGTH_MAX) queue.push(parsed(script))
  for (let i = 0; i < queue.length && i < OBJECTS_MAX; i++) {
    const item = queue[i]
    if (Array.isArray(item)) queue.push(...item.slice(0, OBJECTS_MAX))
    else if (isObject(item)) {
      queue.push(item['@graph'], item.mainEntity, item.mainEntityOfPage)
      take(item, out)
    }
  }
  return out
}

function parsed(script: string): unknown {
  try {
    return JSON.parse(script)
  } catch {
    return null // broken JSON in a page says nothing
  }
}

function take(item: Record<string, unknown>, out: JsonLd): void {
  const type = [item['@type']].flat().join(' ')
  if (!ARTICLE.test(type)) return
  out.headline ||= text(item.headline)
  out.date ||= text(item.datePublished) || text(item.dateCreated)
  out.author ||= nameOf(item.author)
  out.siteName ||= nameOf(item.publisher)
  out.description ||= text(item.description)
}

function nameOf(value: unknown): string {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return isObject(first) ? text(first.name) : text(first)
}

function text(value: unknown): string {
  return typeof value === 'string' ? collapse(value.slice(0, 2000)) : ''
}
