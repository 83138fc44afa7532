/**
 * The key under which two URLs count as the same page. Parsing follows the WHATWG URL standard (host in lower case and
 * punycode, default port, dot segments); on top of it, as web archives do for lookup (SURT, Heritrix): scheme http or
 * https, `www.`, fragment, a trailing slash, session ids and tracking parameters make no difference, nor does the order
 * of the query. The path keeps its case. Not a URL to be fetched.
 */

/** Parameters that say where the visitor came from or who it is, in lower case. */
const TRACKING = new Set([
  ...['fbclid', 'gclid', 'gclsrc', 'dclid', 'wbraid', 'gbraid', 'msclkid', 'yclid', 'twclid', 'ttclid', 'igshid'],
  ...[
    'mc_cid',
    'mc_eid',
    '_ga',
    '_gl',
    '_hsenc',
    '_hsmi',
    'mkt_tok',
    'vero_id',
    'wickedid',
    'oly_anon_id',
    'oly_enc_id',
  ],
  ...['phpsessid', 'jsessionid', 'aspsessionid', 'cfid', 'cftoken', 'sessionid'],
])

/** '' for an empty URL. What doesn't parse is its own key, trimmed. */
export function urlKey(url: string): string {
  const trimmed = url.trim()
  if (trimmed === '' || !URL.canParse(trimmed)) return trimmed
  const { protocol, hostname, port, pathname, search } = new URL(trimmed)
  const web = protocol === 'http:' || protocol === 'https:'
  const host = hostname.replace(/\.$/, '').replace(/^www\d?\./, '')
  const authority = `${web ? '' : `${protocol}//`}${host}${port === '' ? '' : `:${port}`}`
  return `${authority}${pathKey(pathname)}${queryKey(search)}`
}

function pathKey(pathname: string): string {
  const session = pathname.toLowerCase().indexOf(';jsessionid=')
  const path = session < 0 ? pathname : pathname.slice(0, session)
  const slash = path.endsWith('/') ? path.slice(0, -1) : path
  return slash.replace(/%[0-9a-f]{2}/gi, unescapeUnreserved)
}

/** `%7e` and `~` are the same (RFC 3986, section 6.2.2); other escapes differ only in the case of their digits. */
function unescapeUnreserved(escaped: string): string {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
  return /[\w.~-]/.test(character) ? character : escaped.toUpperCase()
}

function queryKey(search: string): string {
  if (search.length < 2) return ''
  const kept = search
    .slice(1)
    .split('&')
    .filter((parameter) => parameter !== '' && !isTracking(parameter))
    .map((parameter) => parameter.replace(/%[0-9a-f]{2}/gi, unescapeUnreserved))
  return kept.length === 0 ? '' : `?${kept.sort().join('&')}`
}

function isTracking(parameter: string): boolean {
  const equals = parameter.indexOf('=')
  const name = (equals < 0 ? parameter : parameter.slice(0, equals)).toLowerCase()
  return name.startsWith('utm_') || TRACKING.has(name)
}
