/**
 * robots.txt by RFC 9309: groups, merging, longest match, wildcards. Crawl-delay and Sitemap lines, which are not part of it,
 * are read as their inventors describe them. Pure; fetching and caching are in `robots-cache.ts`.
 */
import { normalEscapes } from './canonical-url.js'
import { UrlPattern } from './url-pattern.js'

/** Section 2.5: a crawler has to parse at least this much. */
export const ROBOTS_SIZE_MAX = 500 * 1024

interface Rule {
  readonly allow: boolean
  readonly pattern: UrlPattern
  /** Of the pattern, in octets: the longest match decides. */
  readonly length: number
}

/** What the groups of one agent say together. */
interface Group {
  readonly rules: Rule[]
  crawlDelaySeconds: number | null
}

export class RobotsRules {
  readonly #rules: readonly Rule[]
  readonly crawlDelaySeconds: number | null

  constructor(
    group: Group | null,
    /** As written. */
    readonly sitemaps: readonly string[],
  ) {
    // The longest first, allow before disallow (section 2.2.2): the first match decides.
    this.#rules = (group?.rules ?? []).toSorted((a, b) => b.length - a.length || Number(b.allow) - Number(a.allow))
    this.crawlDelaySeconds = group?.crawlDelaySeconds ?? null
  }

  /** @param target path and query of a URL */
  isAllowed(target: string): boolean {
    if (target === '/robots.txt' || this.#rules.length === 0) return true
    const subject = normalTarget(target)
    return this.#rules.find((rule) => rule.pattern.matches(subject))?.allow ?? true
  }
}

export const ALLOW_ALL = new RobotsRules(null, [])

/**
 * @param bytes the file; what lies beyond the limit is not read, nor a line that the limit cuts
 * @param agent product token, `[A-Za-z_-]+`
 */
export function parseRobots(bytes: Uint8Array, agent: string): RobotsRules {
  const own: Group = { rules: [], crawlDelaySeconds: null }
  const all: Group = { rules: [], crawlDelaySeconds: null }
  const sitemaps: string[] = []
  let ownNamed = false
  /** The groups that the lines after these User-agent lines belong to. */
  let open = new Set<Group>()
  let inRules = true
  for (const { name, value } of linesOf(bytes)) {
    if (name === 'user-agent') {
      if (inRules) open = new Set()
      inRules = false
      if (isToken(value, agent)) {
        open.add(own)
        ownNamed = true
      } else if (/^\*(?:\s|$)/.test(value)) open.add(all)
    } else if (name === 'allow' || name === 'disallow') {
      inRules = true
      const rule = ruleOf(name === 'allow', value)
      if (rule !== null) for (const group of open) group.rules.push(rule)
    } else if (name === 'crawl-delay') {
      const seconds = Number(value)
      if (value !== '' && seconds >= 0 && Number.isFinite(seconds))
        for (const group of open) group.crawlDelaySeconds = Math.max(group.crawlDelaySeconds ?? 0, seconds)
    } else if (name === 'sitemap' && value !== '') sitemaps.push(value) // belongs to no group, and ends none (section 2.2.4)
  }
  return new RobotsRules(ownNamed ? own : all, sitemaps)
}

function* linesOf(bytes: Uint8Array): Generator<{ name: string; value: string }> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, ROBOTS_SIZE_MAX)).toString('utf8')
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)
  if (bytes.length > ROBOTS_SIZE_MAX) lines.pop()
  for (const line of lines) {
    const content = line.split('#', 1).join('')
    const colon = content.indexOf(':')
    if (colon > 0) yield { name: content.slice(0, colon).trim().toLowerCase(), value: content.slice(colon + 1).trim() }
  }
}

/** The product token is what comes before a version or a comment: `ExampleBot/1.0 (…)`. */
function isToken(value: string, agent: string): boolean {
  return /^[a-z_-]*/i.exec(value)?.[0].toLowerCase() === agent.toLowerCase()
}

function ruleOf(allow: boolean, value: string): Rule | null {
  if (value === '') return null // an empty Disallow forbids nothing
  const toEnd = value.endsWith('$')
  const body = encoded(toEnd ? value.slice(0, -1) : value).replaceAll('$', '%24')
  const text = toEnd ? `${body}$` : body
  return { allow, pattern: new UrlPattern(text), length: text.length }
}

/** Path and query as patterns spell them: what is special there stands escaped here (`%2A` in a pattern is a star in a path). */
function normalTarget(target: string): string {
  return encoded(target).replaceAll('*', '%2A').replaceAll('$', '%24')
}

/** Section 2.2.2: octets beyond ASCII are percent-encoded, escapes of unreserved characters decoded. */
function encoded(text: string): string {
  return normalEscapes(text.replace(/[^\x21-\x7e]+/g, (part) => encodeURIComponent(part)))
}
