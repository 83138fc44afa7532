/** Which addresses belong to a crawl: near enough to a seed, not excluded, and no trap by their looks. Pure; linear in the URL's length. */
import { UrlPattern } from './url-pattern.js'

export interface ScopeRules {
  /** `host`: the seed's own; `domain`: and all below it; `prefix`: URLs that begin like the seed up to its last slash; `any`. */
  readonly within: 'host' | 'domain' | 'prefix' | 'any'
  /** A URL must match one of these, if there are any. Against the whole URL, or its path and query where one begins with `/`. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly ports: readonly number[]
  readonly urlLengthMax: number
  readonly pathSegmentsMax: number
  readonly segmentRepeatsMax: number
}

/** Why an address is out, by rule. */
export type ScopeReason = 'outside' | 'excluded' | 'port' | 'urlLength' | 'pathDepth' | 'segmentRepeats'

export class Scope {
  readonly #hosts = new Set<string>()
  /** Up to and with a slash. */
  readonly #prefixes = new Set<string>()
  readonly #include: readonly Matcher[]
  readonly #exclude: readonly Matcher[]

  constructor(
    readonly rules: ScopeRules,
    seeds: readonly string[],
  ) {
    this.#include = rules.include.map(matcher)
    this.#exclude = rules.exclude.map(matcher)
    for (const seed of seeds) this.addSeed(seed)
  }

  /** @param seed a canonical URL */
  addSeed(seed: string): void {
    const url = new URL(seed)
    // A site's own name is the domain's, too: example.org has www.example.org and shop.example.org below it.
    this.#hosts.add(this.rules.within === 'domain' ? url.hostname.replace(/^www\./, '') : url.hostname)
    this.#prefixes.add(`${url.origin}${url.pathname.slice(0, url.pathname.lastIndexOf('/') + 1)}`)
  }

  /** @param url canonical; null: in scope */
  reasonAgainst(url: string): ScopeReason | null {
    const { rules } = this
    if (url.length > rules.urlLengthMax) return 'urlLength'
    const parsed = new URL(url)
    if (!this.#isNear(url, parsed.hostname)) return 'outside'
    if (!isPortAllowed(parsed, rules.ports)) return 'port'
    const target = parsed.pathname + parsed.search
    if (this.#exclude.some((matches) => matches(url, target))) return 'excluded'
    if (this.#include.length > 0 && !this.#include.some((matches) => matches(url, target))) return 'excluded'
    return this.#trap(parsed.pathname)
  }

  /** For sitemaps and robots.txt, which no pattern excludes. */
  isHostInScope(url: string): boolean {
    const parsed = new URL(url)
    const host = parsed.hostname
    const near = this.rules.within === 'prefix' ? this.#hosts.has(host) : this.#isNear(url, host)
    return near && isPortAllowed(parsed, this.rules.ports)
  }

  #isNear(url: string, host: string): boolean {
    switch (this.rules.within) {
      case 'any':
        return true
      case 'host':
        return this.#hosts.has(host)
      case 'prefix':
        return this.#hasPrefix(url)
      case 'domain':
        for (let at = 0; ; at++) {
          if (this.#hosts.has(host.slice(at))) return true
          at = host.indexOf('.', at)
          if (at < 0) return false
        }
    }
  }

  #hasPrefix(url: string): boolean {
    for (let slash = url.indexOf('/', url.indexOf('//') + 2); slash >= 0; slash = url.indexOf('/', slash + 1)) {
      if (this.#prefixes.has(url.slice(0, slash + 1))) return true
    }
    return false
  }

  /** Calendars and broken relative links make addresses without end: deep paths, or the same segments again and again. */
  #trap(path: string): ScopeReason | null {
    const segments = path.split('/').filter((segment) => segment !== '')
    if (segments.length > this.rules.pathSegmentsMax) return 'pathDepth'
    const counts = new Map<string, number>()
    for (const segment of segments) {
      const count = (counts.get(segment) ?? 0) + 1
      if (count > this.rules.segmentRepeatsMax) return 'segmentRepeats'
      counts.set(segment, count)
    }
    return null
  }
}

export function isPortAllowed(url: URL, ports: readonly number[]): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return ports.includes(port)
}

type Matcher = (url: string, target: string) => boolean

function matcher(text: string): Matcher {
  const pattern = new UrlPattern(text)
  return text.startsWith('/') ? (_, target) => pattern.matches(target) : (url) => pattern.matches(url)
}
