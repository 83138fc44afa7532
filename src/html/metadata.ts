/**
 * What a page says of itself in its head: Open Graph, Dublin Core, schema.org (JSON-LD and microdata), plain HTML. Taken as
 * it stands, first good source first; nothing is guessed from the text. A missing value is ''.
 */
import { attribute } from './attributes.js'
import { collapse, detached } from './clean.js'
import { decodeEntities } from './entities.js'
import { readJsonLd } from './json-ld.js'
import type { FlatTree } from './scan.js'
import { Tag, TEXT } from './tags.js'

export interface PageMetadata {
  readonly title: string
  /** ISO 8601 date, with the time where the page gives one. */
  readonly date: string
  readonly author: string
  readonly siteName: string
  readonly description: string
  /** BCP 47 tag as declared, not checked against the text. */
  readonly language: string
  /** As written: may be relative. */
  readonly canonicalUrl: string
}

/** Longer values are cut: nobody's title is a megabyte. */
const VALUE_LENGTH_MAX = 2000

/** Names of `<meta>` (name, property or itemprop, in lower case) by field, the most trusted first. */
const META_NAMES = {
  title: ['og:title', 'twitter:title', 'dc.title', 'dcterms.title', 'headline'],
  date: [
    ...[
      'article:published_time',
      'datepublished',
      'og:article:published_time',
      'dcterms.created',
      'dcterms.date',
      'dc.date',
    ],
    ...[
      'dc.date.issued',
      'parsely-pub-date',
      'sailthru.date',
      'pubdate',
      'publishdate',
      'publish-date',
      'publication_date',
    ],
    ...[
      'citation_publication_date',
      'date',
      'article:modified_time',
      'datemodified',
      'og:updated_time',
      'last-modified',
    ],
  ],
  author: [
    'author',
    'dc.creator',
    'dcterms.creator',
    'article:author_name',
    'parsely-author',
    'sailthru.author',
    'twitter:creator',
  ],
  siteName: ['og:site_name', 'application-name', 'dc.publisher', 'publisher'],
  description: ['og:description', 'description', 'twitter:description', 'dc.description'],
  language: ['language', 'content-language', 'dc.language', 'og:locale'],
  canonicalUrl: ['og:url', 'twitter:url'],
} as const satisfies Record<keyof PageMetadata, readonly string[]>

const WANTED: ReadonlySet<string> = new Set<string>(Object.values(META_NAMES).flat())

export function readMetadata(tree: FlatTree): PageMetadata {
  const found = collect(tree)
  const { metas, jsonLd } = found
  const pick = (field: keyof PageMetadata): string => {
    for (const name of META_NAMES[field]) {
      const value = metas.get(name)
      if (value) return value
    }
    return ''
  }
  const date = isoDate(jsonLd.date) || firstDate(metas) || isoDate(found.time)
  return {
    title: pick('title') || found.title || jsonLd.headline,
    date,
    author: jsonLd.author || pick('author'),
    siteName: pick('siteName') || jsonLd.siteName,
    description: pick('description') || jsonLd.description,
    language: (found.language || pick('language')).replace('_', '-'),
    canonicalUrl: found.canonical || pick('canonicalUrl'),
  }
}

function collect(tree: FlatTree) {
  const { tag, count } = tree
  const metas = new Map<string, string>()
  const scripts: number[] = []
  const found = { title: '', language: '', canonical: '', time: '' }
  let hasLanguage = false
  for (let node = 1; node < count; node++) {
    switch (tag[node]) {
      case Tag.meta:
        readMeta(tree, node, metas)
        break
      case Tag.script:
        if (tag[node + 1] === TEXT && attribute(tree, node, 'type')?.trim().toLowerCase() === 'application/ld+json')
          scripts.push(node + 1)
        break
      case Tag.title:
        if (found.title === '' && tag[node + 1] === TEXT) found.title = textOf(tree, node + 1)
        break
      case Tag.html:
        if (!hasLanguage) found.language = value(attribute(tree, node, 'lang') ?? attribute(tree, node, 'xml:lang'))
        hasLanguage = true
        break
      case Tag.link:
        if (found.canonical === '' && attribute(tree, node, 'rel')?.trim().toLowerCase() === 'canonical') {
          found.canonical = value(attribute(tree, node, 'href'))
        }
        break
      case Tag.time:
        if (found.time === '') found.time = value(attribute(tree, node, 'datetime'))
        break
    }
  }
  return {
    ...found,
    metas,
    jsonLd: readJsonLd(scripts.map((node) => tree.slice(tree.from[node] ?? 0, tree.to[node] ?? 0))),
  }
}

function readMeta(tree: FlatTree, node: number, metas: Map<string, string>): void {
  const name =
    attribute(tree, node, 'property') ??
    attribute(tree, node, 'name') ??
    attribute(tree, node, 'itemprop') ??
    attribute(tree, node, 'http-equiv')
  const key = name?.trim().toLowerCase()
  if (key === undefined || !WANTED.has(key) || metas.has(key)) return
  const content = value(attribute(tree, node, 'content'))
  if (content !== '') metas.set(key, content)
}

function value(raw: string | null): string {
  return raw === null ? '' : detached(collapse(raw.slice(0, VALUE_LENGTH_MAX)))
}

function textOf(tree: FlatTree, node: number): string {
  const from = tree.from[node] ?? 0
  return value(decodeEntities(tree.slice(from, Math.min(tree.to[node] ?? 0, from + VALUE_LENGTH_MAX))))
}

function firstDate(metas: ReadonlyMap<string, string>): string {
  for (const name of META_NAMES.date) {
    const date = isoDate(metas.get(name) ?? '')
    if (date !== '') return date
  }
  return ''
}

/** The value if it is an ISO 8601 date of a possible day, else ''. Other spellings are left alone: 3/4/2021 has two readings. */
export function isoDate(text: string): string {
  const match =
    /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s?(Z|[+-]\d{2}:?\d{2})?)?/.exec(
      text.trim(),
    )
  if (!match) return ''
  const [, year = '', month = '', day = '', time, zone = ''] = match
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return ''
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return time === undefined ? date : `${date}T${time}${zone}`
}
