/** Where a page leads: its links against its base, and what it asks of crawlers (robots meta, rel=nofollow). HTML Living Standard, 4.2.3, 4.6. */
import { attribute } from '../html/attributes.js'
import { openPage } from '../html/charset.js'
import { type FlatTree, release, scan } from '../html/scan.js'
import { Tag } from '../html/tags.js'
import type { UrlForm } from './canonical-url.js'

export interface PageLinks {
  /** Canonical, each once, in the order of the page. */
  readonly links: readonly PageLink[]
  /** Links with rel=nofollow that no other link of the page repeats without it. */
  readonly nofollowLinks: number
  readonly robots: RobotsDirectives
  /** Canonical name of the encoding that the page was read in. */
  readonly encoding: string
}

export interface PageLink {
  readonly url: string
  /** `a/@href`, as crawlers write it into metadata records. */
  readonly from: string
}

/** What a page asks for in its own name, or every crawler's. */
export interface RobotsDirectives {
  readonly noindex: boolean
  readonly nofollow: boolean
}

/** A page with more links than this is a list made by a machine. */
const LINKS_MAX = 10_000
const URL_LENGTH_MAX = 4096

export function readLinks(
  body: Uint8Array,
  contentType: string,
  pageUrl: string,
  form: UrlForm,
  agent: string,
  obeyNofollow: boolean,
): PageLinks {
  const page = openPage(body, contentType)
  const tree = scan(page.page)
  try {
    return { ...collect(tree, pageUrl, form, agent, obeyNofollow), encoding: page.encoding }
  } finally {
    release(tree)
  }
}

function collect(tree: FlatTree, pageUrl: string, form: UrlForm, agent: string, obeyNofollow: boolean) {
  const links = new Map<string, string>()
  const withheld = new Set<string>()
  let base = pageUrl
  let hasBase = false
  let robots: RobotsDirectives = { noindex: false, nofollow: false }
  const add = (node: number, name: 'href' | 'src', from: string) => {
    const raw = attribute(tree, node, name, URL_LENGTH_MAX + 1)?.trim()
    if (raw === undefined || raw === '' || raw.startsWith('#') || raw.length > URL_LENGTH_MAX) return
    const url = form.canonical(raw, base)
    if (url === null || links.has(url)) return
    if (obeyNofollow && name === 'href' && isNofollow(attribute(tree, node, 'rel'))) withheld.add(url)
    else if (links.size < LINKS_MAX) links.set(url, from)
  }
  for (let node = 1; node < tree.count; node++) {
    switch (tree.tag[node]) {
      case Tag.base: {
        const href = hasBase ? null : attribute(tree, node, 'href')
        if (href !== null) {
          base = URL.canParse(href, pageUrl) ? new URL(href, pageUrl).href : pageUrl
          hasBase = true
        }
        break
      }
      case Tag.a:
        add(node, 'href', 'a/@href')
        break
      case Tag.area:
        add(node, 'href', 'area/@href')
        break
      case Tag.link:
        if (isPageLink(attribute(tree, node, 'rel'))) add(node, 'href', 'link/@href')
        break
      case Tag.iframe:
        add(node, 'src', 'iframe/@src')
        break
      case Tag.frame:
        add(node, 'src', 'frame/@src')
        break
      case Tag.meta: {
        robots = mergeDirectives(robots, metaDirectives(tree, node, agent))
        const target = refreshTarget(tree, node)
        const url = target === null ? null : form.canonical(target, base)
        if (url !== null && !links.has(url)) links.set(url, 'meta/@content')
        break
      }
    }
  }
  for (const url of links.keys()) withheld.delete(url)
  return { links: Array.from(links, ([url, from]) => ({ url, from })), nofollowLinks: withheld.size, robots }
}

function tokens(rel: string | null): string[] {
  return rel === null ? [] : rel.toLowerCase().split(/\s+/)
}

function isNofollow(rel: string | null): boolean {
  return tokens(rel).includes('nofollow')
}

/** Of the links in a head, those that lead to pages. */
function isPageLink(rel: string | null): boolean {
  return tokens(rel).some((token) => token === 'next' || token === 'prev' || token === 'canonical')
}

function metaDirectives(tree: FlatTree, node: number, agent: string): RobotsDirectives {
  const name = attribute(tree, node, 'name')?.trim().toLowerCase()
  if (name !== 'robots' && name !== agent.toLowerCase()) return NO_DIRECTIVES
  return directivesOf(attribute(tree, node, 'content') ?? '')
}

const NO_DIRECTIVES: RobotsDirectives = { noindex: false, nofollow: false }

function directivesOf(content: string): RobotsDirectives {
  const words = content.toLowerCase().split(/[\s,]+/)
  const none = words.includes('none')
  return { noindex: none || words.includes('noindex'), nofollow: none || words.includes('nofollow') }
}

export function mergeDirectives(one: RobotsDirectives, other: RobotsDirectives): RobotsDirectives {
  return { noindex: one.noindex || other.noindex, nofollow: one.nofollow || other.nofollow }
}

/** Of `X-Robots-Tag` headers: `noindex, nofollow`, or `otherbot: noindex` for one crawler only. */
export function headerDirectives(values: readonly string[], agent: string): RobotsDirectives {
  let found = NO_DIRECTIVES
  for (const value of values) {
    const named = /^\s*([a-z_-]+)\s*:/i.exec(value)
    // `unavailable_after: date` is a directive, not a name; it says neither of the two.
    if (named !== null && named[1]?.toLowerCase() !== agent.toLowerCase()) continue
    found = mergeDirectives(found, directivesOf(named === null ? value : value.slice(named[0].length)))
  }
  return found
}

/** `<meta http-equiv=refresh content="0; url=…">` */
function refreshTarget(tree: FlatTree, node: number): string | null {
  if (attribute(tree, node, 'http-equiv')?.trim().toLowerCase() !== 'refresh') return null
  const content = attribute(tree, node, 'content', URL_LENGTH_MAX) ?? ''
  const match = /^[\s\d.]{0,40}[;,]\s*url\s*=\s*/i.exec(content)
  if (match === null) return null
  const rest = content.slice(match[0].length)
  const quote = rest.charAt(0)
  return quote === '"' || quote === "'" ? (rest.slice(1).split(quote, 1)[0] ?? '') : rest.trim()
}
