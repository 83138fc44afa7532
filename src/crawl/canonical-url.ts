/**
 * One spelling a page: RFC 3986 section 6.2.2 (case, percent-encoding, dot segments) and 6.2.3 (default ports, empty path) on
 * top of the WHATWG URL parser, which reads what browsers read. Fragments, users, passwords and tracking parameters go. The order
 * of parameters stays: servers may mind it.
 */

/** Parameters that say where a visitor came from, and session ids; a `*` at the end stands for any rest. */
export const TRACKING_PARAMETERS = [
  ...[
    'utm_*',
    'gclid',
    'gclsrc',
    'dclid',
    'gbraid',
    'wbraid',
    'fbclid',
    'msclkid',
    'yclid',
    'twclid',
    'ttclid',
    'igshid',
  ],
  ...['mc_cid', 'mc_eid', '_ga', '_gl', '_hsenc', '_hsmi', 'mkt_tok', 'oly_anon_id', 'oly_enc_id', 'vero_id'],
  ...['phpsessid', 'jsessionid', 'aspsessionid*', 'cfid', 'cftoken'],
] as const

export class UrlForm {
  readonly #dropped: ReadonlySet<string>
  readonly #droppedPrefixes: readonly string[]

  /** @param dropParameters names of query parameters that are removed, in any case; `utm_*` for all that begin so */
  constructor(dropParameters: readonly string[] = TRACKING_PARAMETERS) {
    const names = dropParameters.map((name) => name.toLowerCase())
    this.#dropped = new Set(names.filter((name) => !name.endsWith('*')))
    this.#droppedPrefixes = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  }

  /** The canonical form of a web address, absolute or against `base`; null for what is none. */
  canonical(address: string, base?: string): string | null {
    let url: URL
    try {
      url = new URL(address, base)
    } catch {
      return null
    }
    if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') return null
    if (url.href.includes('#')) url.hash = ''
    if (url.username !== '') url.username = ''
    if (url.password !== '') url.password = ''
    if (url.hostname.endsWith('.')) url.hostname = url.hostname.replace(/\.+$/, '')
    // The setters also take away a '?' or '#' with nothing behind it, which the getters don't show.
    if (url.href.includes('?')) url.search = this.#search(url.search)
    return normalEscapes(url.href.replace(SESSION, ''))
  }

  /** '' for a lone question mark, and when nothing is left. */
  #search(search: string): string {
    const parts = search.slice(1).split('&')
    const kept = parts.filter((part) => !this.#isDropped(part.split('=', 1).join('').toLowerCase()))
    const text = kept.join('&')
    return text === '' ? '' : `?${text}`
  }

  #isDropped(name: string): boolean {
    return this.#dropped.has(name) || this.#droppedPrefixes.some((prefix) => name.startsWith(prefix))
  }
}

const SESSION = /;jsessionid=[^?/;]*/i
const ESCAPE = /%[0-9a-f]{2}/gi
const UNRESERVED = /^[A-Za-z0-9\-._~]$/

/** Escapes of unreserved characters decoded, the others in upper case. */
export function normalEscapes(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(ESCAPE, (triplet) => {
    const char = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
    return UNRESERVED.test(char) ? char : triplet.toUpperCase()
  })
}
