/**
 * What a page says of itself: Open Graph, Dublin Core, schema.org (JSON-LD and microdata), plain HTML. Taken as it stands,
 * first good source first; nothing is guessed from the text. A missing value is ''.
 */
import { attribute, firstAttribute, mayBegin } from './attributes.js'
import type { Cut } from './blocks.js'
import { collapse, detached } from './clean.js'
import { isoDate } from './dates.js'
import { decodeEntities } from './entities.js'
import { type JsonLd, readJsonLd } from './json-ld.js'
import { licenseOf } from './license.js'
import { textIn } from './mathml.js'
import type { FlatTree } from './scan.js'
import { Tag, TEXT } from './tags.js'
import { ASIDE, COMMENTS } from './words.js'

export interface PageMetadata {
  readonly title: string
  /** ISO 8601 date of publication, with the time where the page gives one. */
  readonly date: string
  /** The same of the last change. */
  readonly dateModified: string
  /** Several with commas between. */
  readonly author: string
  readonly siteName: string
  readonly description: string
  /** BCP 47 tag as declared, not checked against the text. */
  readonly language: string
  /** Absolute where the page's own address is known, else as written. */
  readonly canonicalUrl: string
  /** SPDX identifier of the Creative Commons license of the page, '' also where it names several. */
  readonly license: string
  /** Address of the license, Creative Commons or any other that the page declares as its own. */
  readonly licenseUrl: string
}

/** Longer values are cut: nobody's title is a megabyte. */
const VALUE_LENGTH_MAX = 2000
const NAME_LENGTH_MAX = 200

/** Names of `<meta>` (name, property or itemprop, in lower case) by field, the most trusted first. */
const META_NAMES = {
  title: ['og:title', 'twitter:title', 'dc.title', 'dcterms.title', 'citation_title', 'headline'],
  date: [
    ...['article:published_time', 'datepublished', 'og:article:published_time', 'dcterms.created', 'dcterms.issued'],
    ...['dcterms.date', 'dc.date.issued', 'dc.date.created', 'dc.date', 'parsely-pub-date', 'sailthru.date', 'pubdate'],
    ...[
      'publishdate',
      'publish-date',
      'publish_date',
      'publication_date',
      'citation_publication_date',
      'citation_date',
    ],
    ...['datecreated', 'date'],
  ],
  dateModified: [
    ...[
      'article:modified_time',
      'datemodified',
      'og:updated_time',
      'dcterms.modified',
      'dc.date.modified',
      'last-modified',
    ],
    ...['revised', 'lastmod'],
  ],
  author: [
    ...['author', 'dc.creator', 'dcterms.creator', 'article:author_name', 'parsely-author', 'sailthru.author'],
    ...['citation_author', 'article:author', 'twitter:creator'],
  ],
  siteName: ['og:site_name', 'application-name', 'dc.publisher', 'publisher', 'citation_journal_title'],
  description: ['og:description', 'description', 'twitter:description', 'dc.description', 'dcterms.description'],
  language: ['content-language', 'language', 'dc.language', 'dcterms.language', 'og:locale'],
  canonicalUrl: ['og:url', 'twitter:url'],
  license: [
    'dcterms.license',
    'dc.license',
    'license',
    'dcterms.rights',
    'dc.rights',
    'dc.rights.license',
    'copyright',
    'rights',
  ],
} as const satisfies Partial<Record<keyof PageMetadata, readonly string[]>>

const WANTED: ReadonlySet<string> = new Set<string>(Object.values(META_NAMES).flat())

/**
 * @param cut of the tree: elements of the body are looked at too
 * @param pageUrl '' when unknown
 */
export function readMetadata(tree: FlatTree, cut: Cut | null = null, pageUrl = ''): PageMetadata {
  const head = collect(tree)
  const body = cut === null || cut.noted.length === 0 ? NOTHING : noted(tree, cut)
  const { metas, jsonLd } = head
  const pick = (field: keyof typeof META_NAMES): string => {
    for (const name of META_NAMES[field]) {
      const value = metas.get(name)
      if (value) return value
    }
    return ''
  }
  return {
    title: pick('title') || body.headline || titleOf(head.title, jsonLd.headline),
    date: isoDate(jsonLd.date) || firstDate(metas, META_NAMES.date) || isoDate(body.date) || isoDate(head.time),
    dateModified:
      isoDate(jsonLd.modified) ||
      firstDate(metas, META_NAMES.dateModified) ||
      isoDate(body.modified) ||
      isoDate(head.updated),
    author: authorOf(jsonLd.author) || authorOf(pick('author')) || authorOf(body.author),
    siteName: pick('siteName') || jsonLd.siteName,
    description: pick('description') || jsonLd.description,
    language: languageOf(head.language) || languageOf(pick('language')),
    canonicalUrl: absolute(head.canonical, pageUrl, head.base) || absolute(pick('canonicalUrl'), pageUrl, head.base),
    ...licenseFrom([head.licenses, body.declared, jsonLd.licenses, [pick('license')], body.linked], pageUrl, head.base),
  }
}

interface Head {
  title: string
  language: string
  canonical: string
  base: string
  time: string
  updated: string
  readonly licenses: string[]
  readonly metas: Map<string, string>
  readonly jsonLd: JsonLd
}

function collect(tree: FlatTree): Head {
  const { tag, count } = tree
  const metas = new Map<string, string>()
  const scripts: number[] = []
  const licenses: string[] = []
  const found = { title: '', language: '', canonical: '', base: '', time: '', updated: '' }
  let times = 0
  let hasLanguage = false
  for (let node = 1; node < count; node++) {
    switch (tag[node]) {
      case Tag.meta:
        readMeta(tree, node, metas)
        break
      case Tag.script:
        if (
          tag[node + 1] === TEXT &&
          mayBegin(tree, node, 'type', 'a') &&
          attribute(tree, node, 'type')?.trim().toLowerCase() === 'application/ld+json'
        )
          scripts.push(node + 1)
        break
      case Tag.title:
        if (found.title === '' && tag[node + 1] === TEXT) found.title = titleText(tree, node + 1)
        break
      case Tag.html:
        if (!hasLanguage) found.language = value(attribute(tree, node, 'lang') ?? attribute(tree, node, 'xml:lang'))
        hasLanguage = true
        break
      case Tag.link:
        readLink(tree, node, found, licenses)
        break
      case Tag.base:
        found.base ||= value(attribute(tree, node, 'href'))
        break
      case Tag.time:
        if (times++ < TIMES_MAX) readTime(tree, node, found)
        break
    }
  }
  const jsonLd = readJsonLd(scripts.map((node) => tree.slice(tree.from[node] ?? 0, tree.to[node] ?? 0)))
  return { ...found, licenses, metas, jsonLd }
}

function readMeta(tree: FlatTree, node: number, metas: Map<string, string>): void {
  const name = firstAttribute(tree, node, META_KEYS)
  const key = name?.trim().toLowerCase()
  if (key === undefined || !WANTED.has(key)) return
  const before = metas.get(key)
  if (before !== undefined && key !== 'citation_author') return
  const content = value(attribute(tree, node, 'content'))
  if (content === '') return
  metas.set(key, before === undefined ? content : `${before}, ${content}`.slice(0, VALUE_LENGTH_MAX))
}

/** What names a meta, the first of these that it has. */
const META_KEYS = ['property', 'name', 'itemprop', 'http-equiv']

function readLink(tree: FlatTree, node: number, found: { canonical: string }, licenses: string[]): void {
  if (!mayBegin(tree, node, 'rel', 'cld')) return
  const relation = attribute(tree, node, 'rel')?.trim().toLowerCase()
  if (relation === 'canonical') found.canonical ||= value(attribute(tree, node, 'href'))
  else if (relation === 'license' || relation === 'dcterms.license') licenses.push(value(attribute(tree, node, 'href')))
}

/** Those of the page itself stand first; then come those of comments and teasers. */
const TIMES_MAX = 8

/** The first of each kind; one that does not say which it is counts as publication. */
function readTime(tree: FlatTree, node: number, found: { time: string; updated: string }): void {
  if (found.time !== '' && found.updated !== '') return
  const written = value(attribute(tree, node, 'datetime'))
  if (written === '') return
  const names = `${attribute(tree, node, 'itemprop') ?? ''} ${attribute(tree, node, 'class', 256) ?? ''}`
  if (/dateModified|updated|modified/i.test(names) && !/published/i.test(names)) found.updated ||= written
  else found.time ||= written
}

interface Noted {
  headline: string
  date: string
  modified: string
  author: string
  /** What is declared as the page's license, and what is only linked to at its edge. */
  readonly declared: string[]
  readonly linked: string[]
}

const NOTHING: Noted = { headline: '', date: '', modified: '', author: '', declared: [], linked: [] }

/** Microdata and link relations in the body, but those of comments. */
function noted(tree: FlatTree, { own, noted: nodes }: Cut): Noted {
  const found: Noted = { headline: '', date: '', modified: '', author: '', declared: [], linked: [] }
  for (const node of nodes.slice(0, NOTED_MAX)) {
    const around = aroundOf(tree, own, node)
    if (around === 'comments') continue
    const property = attribute(tree, node, 'itemprop', 64)?.toLowerCase() ?? ''
    const relation = attribute(tree, node, 'rel', 64)?.toLowerCase() ?? ''
    if (property === 'datepublished' || property === 'datecreated') found.date ||= propertyOf(tree, node)
    else if (property === 'datemodified') found.modified ||= propertyOf(tree, node)
    else if (property === 'headline') found.headline ||= propertyOf(tree, node)
    else if (property === 'author' || property === 'creator' || /\bauthor\b/.test(relation))
      found.author ||= nameIn(tree, node)
    if (around === 'figure') continue
    const address = value(attribute(tree, node, 'href'))
    if (property === 'license' || /\blicense\b/.test(relation)) found.declared.push(address || propertyOf(tree, node))
    else if (around === 'aside' && licenseOf(address) !== '') found.linked.push(address)
  }
  return found
}
const NOTED_MAX = 2000

/** Pictures carry licenses of their own. */
function aroundOf(tree: FlatTree, own: Uint16Array, node: number): 'comments' | 'figure' | 'aside' | '' {
  let aside = false
  for (let up = node; up > 0; up = tree.parent[up] ?? 0) {
    const kind = tree.tag[up]
    if (kind === Tag.figure || kind === Tag.figcaption) return 'figure'
    if (kind !== Tag.body && ((own[up] ?? 0) & COMMENTS) !== 0) return 'comments'
    if (((own[up] ?? 0) & ASIDE) !== 0) aside = true
  }
  return aside ? 'aside' : ''
}

function propertyOf(tree: FlatTree, node: number): string {
  const given = attribute(tree, node, 'content') ?? attribute(tree, node, 'datetime')
  return given === null ? shortText(tree, node) : value(given)
}

/** The name inside of a person's element, else all of its text. */
function nameIn(tree: FlatTree, node: number): string {
  const end = tree.end[node] ?? 0
  for (let inner = node + 1; inner < end && inner < node + 200; inner++) {
    if (tree.tag[inner] !== TEXT && attribute(tree, inner, 'itemprop', 16) === 'name') return propertyOf(tree, inner)
  }
  return propertyOf(tree, node)
}

function shortText(tree: FlatTree, node: number): string {
  return (tree.end[node] ?? 0) - node > 100 ? '' : value(textIn(tree, node).slice(0, NAME_LENGTH_MAX))
}

function value(raw: string | null): string {
  return raw === null ? '' : detached(collapse(raw.slice(0, VALUE_LENGTH_MAX)))
}

function titleText(tree: FlatTree, node: number): string {
  const from = tree.from[node] ?? 0
  return value(decodeEntities(tree.slice(from, Math.min(tree.to[node] ?? 0, from + VALUE_LENGTH_MAX))))
}

/** A headline that the page's title holds, beside the name of the site, is the better title. */
function titleOf(title: string, headline: string): string {
  return title === '' || (headline !== '' && title.includes(headline)) ? headline : title
}

/** Addresses of profiles are no names. */
function authorOf(name: string): string {
  return /^https?:|^www\.|^\/\//i.test(name) ? '' : name.replace(/^by\s+/i, '')
}

function languageOf(tag: string): string {
  const first = (tag.split(',')[0] ?? '').trim().replaceAll('_', '-')
  return /^[A-Za-z]{2,3}(?:-[A-Za-z\d]{2,8}){0,4}$/.test(first) ? first : ''
}

function firstDate(metas: ReadonlyMap<string, string>, names: readonly string[]): string {
  for (const name of names) {
    const date = isoDate(metas.get(name) ?? '')
    if (date !== '') return date
  }
  return ''
}

/** Sources in the order of trust; the first that names any license decides, and says nothing where it names several. */
function licenseFrom(
  sources: readonly (readonly string[])[],
  pageUrl: string,
  base: string,
): { readonly license: string; readonly licenseUrl: string } {
  for (const source of sources) {
    const named = source.filter((one) => licenseOf(one) !== '' || /^(?:https?:)?\/\//i.test(one))
    const licenses = new Set(named.map((one) => licenseOf(one) || one))
    if (licenses.size > 1) break
    const [one] = named
    if (one === undefined) continue
    return { license: licenseOf(one), licenseUrl: /^\S*\/\S*$/.test(one) ? absolute(one, pageUrl, base) : '' }
  }
  return { license: '', licenseUrl: '' }
}

/** What addresses in the page are relative to; '' when nothing says it. */
export function baseUrlOf(tree: FlatTree, pageUrl: string): string {
  const node = tree.tag.subarray(0, tree.count).indexOf(Tag.base)
  return absolute(node < 0 ? '' : value(attribute(tree, node, 'href')), pageUrl, '') || pageUrl
}

/** Absolute already, and as a browser would write it. */
const PLAIN_ADDRESS = /^https?:\/\/[a-z\d.-]+\/[\w\-./~%?&=+,;:@!$()*]*$/

/** As written where nothing says what it is relative to; '' for what is no address of the web. */
function absolute(address: string, pageUrl: string, base: string): string {
  if (address === '' || PLAIN_ADDRESS.test(address)) return address
  const against =
    base !== '' && URL.canParse(base, pageUrl || undefined) ? new URL(base, pageUrl || undefined).href : pageUrl
  if (against === '' && !/^[a-z][a-z\d+.-]*:/i.test(address)) return address
  if (!URL.canParse(address, against || undefined)) return ''
  const { protocol, href } = new URL(address, against || undefined)
  return protocol === 'http:' || protocol === 'https:' ? href : ''
}
