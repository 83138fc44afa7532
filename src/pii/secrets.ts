/**
 * Keys that open an account: tokens whose issuers gave them a prefix so that scanners can find them (GitHub, Slack, AWS,
 * Google, Stripe, OpenAI, Anthropic, GitLab, npm, PyPI, Hugging Face, SendGrid, Twilio, DigitalOcean, Shopify), JSON Web
 * Tokens (RFC 7519) and private keys in PEM (RFC 7468) and OpenSSH form. It leaves out secrets without a form of their own.
 *
 * Only runs of visible characters as long as a key are searched. Linear: prefixes are looked for
 * where a word begins; from there characters are read as far as the token's alphabet goes, at most to its greatest length.
 */
import { type Found, isWord, type Page } from './page.js'

interface TokenForm {
  readonly prefix: string
  /** Characters behind the prefix. */
  readonly min: number
  readonly max: number
  /** What the characters of the body are: a sum of the kinds below. */
  readonly body: number
}

const DIGIT = 1
const UPPER = 2
const LOWER_HEX = 4
const LOWER = LOWER_HEX | 8
const UNDERSCORE = 16
const HYPHEN = 32
const DOT = 64
const BASE64 = 128

const KIND = new Uint8Array(128)
for (const [characters, kind] of [
  ['0123456789', DIGIT],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', UPPER],
  ['abcdef', LOWER_HEX],
  ['ghijklmnopqrstuvwxyz', 8],
  ['_', UNDERSCORE],
  ['-', HYPHEN],
  ['.', DOT],
  ['+/=', BASE64],
] as const) {
  for (const character of characters) KIND[character.charCodeAt(0)] = kind
}

const HEX = DIGIT | LOWER_HEX
const ALNUM = DIGIT | UPPER | LOWER
const URL_SAFE = ALNUM | UNDERSCORE | HYPHEN

const TOKENS: readonly TokenForm[] = [
  ...['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((prefix) => ({ prefix, min: 16, max: 16, body: DIGIT | UPPER })), // AWS access key ids
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => ({ prefix, min: 36, max: 255, body: ALNUM })),
  { prefix: 'github_pat_', min: 60, max: 255, body: ALNUM | UNDERSCORE },
  { prefix: 'glpat-', min: 20, max: 64, body: URL_SAFE | DOT },
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xapp-'].map((prefix) => ({
    prefix,
    min: 20,
    max: 255,
    body: URL_SAFE,
  })), // Slack
  { prefix: 'AIza', min: 35, max: 35, body: URL_SAFE }, // Google API keys
  { prefix: 'GOCSPX-', min: 28, max: 28, body: URL_SAFE }, // Google OAuth client secrets
  { prefix: 'ya29.', min: 30, max: 2048, body: URL_SAFE }, // Google OAuth access tokens
  ...['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_', 'pk_live_'].map((prefix) => ({
    prefix,
    min: 16,
    max: 255,
    body: ALNUM,
  })), // Stripe
  { prefix: 'whsec_', min: 24, max: 128, body: ALNUM | BASE64 },
  ...['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-ant-', 'sk-or-'].map((prefix) => ({
    prefix,
    min: 32,
    max: 255,
    body: URL_SAFE,
  })),
  { prefix: 'sk-', min: 32, max: 64, body: ALNUM }, // OpenAI and those who took its form over
  { prefix: 'hf_', min: 34, max: 40, body: ALNUM },
  { prefix: 'npm_', min: 36, max: 36, body: ALNUM },
  { prefix: 'pypi-AgEIcHlwaS5vcmc', min: 50, max: 1024, body: URL_SAFE },
  { prefix: 'SG.', min: 60, max: 80, body: URL_SAFE | DOT }, // SendGrid
  { prefix: 'SK', min: 32, max: 32, body: HEX }, // Twilio
  { prefix: 'dop_v1_', min: 64, max: 64, body: HEX }, // DigitalOcean
  ...['shpat_', 'shpca_', 'shppa_', 'shpss_'].map((prefix) => ({ prefix, min: 32, max: 32, body: HEX })),
]

/** A key with fewer different characters is a placeholder: `sk-xxxxxxxx…`. */
const DIFFERENT_MIN = 8

const JWT_PREFIX = 'eyJ'
const JWT_PART_MAX = 4096
const PEM_MAX = 65536

/** By the first unit of their prefix. */
const BY_FIRST: (readonly TokenForm[] | undefined)[] = []
for (const form of TOKENS) {
  const first = form.prefix.charCodeAt(0)
  BY_FIRST[first] = [...(BY_FIRST[first] ?? []), form]
}

export function findSecrets({ text, longStarts, longEnds }: Page): Found[] {
  const found: Found[] = []
  for (let i = 0; i < longStarts.length; i++) {
    let jwtFrom = longStarts[i]
    for (let at = longStarts[i]; at < longEnds[i]; at++) {
      if (isWord(text.charCodeAt(at - 1))) continue
      const forms = BY_FIRST[text.charCodeAt(at)]
      if (forms !== undefined) collectToken(text, at, forms, found)
      else if (at >= jwtFrom && text.startsWith(JWT_PREFIX, at)) jwtFrom = collectJwt(text, at, found)
    }
  }
  collectPrivateKeys(text, found)
  return found.sort((a, b) => a.start - b.start || b.end - a.end)
}

function collectToken(text: string, start: number, forms: readonly TokenForm[], found: Found[]): void {
  for (const { prefix, min, max, body } of forms) {
    if (!text.startsWith(prefix, start)) continue
    const from = start + prefix.length
    const end = runEnd(text, from, body, max)
    if (end - from >= min && end - from <= max && !isWord(text.charCodeAt(end)) && isKey(text.slice(from, end))) {
      found.push({ start, end, type: 'secret', score: 0.95 })
    }
  }
}

function isKey(body: string): boolean {
  return /\d/.test(body) && new Set(body).size >= DIFFERENT_MIN
}

/**
 * Three parts of base64url; the first, a JSON object, begins with the letters that `{"` become.
 * @returns where to look for the next: what was read over once is none from further in
 */
function collectJwt(text: string, start: number, found: Found[]): number {
  const before = text.charCodeAt(start - 1)
  const header = runEnd(text, start, URL_SAFE, JWT_PART_MAX)
  const payload = text[header] === '.' ? runEnd(text, header + 1, URL_SAFE, JWT_PART_MAX) : header
  const end = text[payload] === '.' ? runEnd(text, payload + 1, URL_SAFE, JWT_PART_MAX) : payload
  const isFree = before !== 0x2e && before !== 0x2d
  if (isFree && header - start >= 16 && payload - header > 16 && end > payload) {
    found.push({ start, end, type: 'secret', score: 0.95 })
  }
  return end
}

const BEGIN = '-----BEGIN '
const LABEL = /-----BEGIN ((?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?)-----/y
/** Lines of base64, with line breaks as they are or escaped. */
const BASE64_LINES = /(?:(?:\s|\\[nr])*[0-9A-Za-z+/=]{40,})+/y

/** From the first line to the closing one; without that, as far as lines of base64 go. */
function collectPrivateKeys(text: string, found: Found[]): void {
  for (let start = text.indexOf(BEGIN); start >= 0; ) {
    const next = text.indexOf(BEGIN, start + BEGIN.length)
    LABEL.lastIndex = start
    const label = LABEL.exec(text)
    if (label !== null) {
      const from = LABEL.lastIndex
      const block = text.slice(from, Math.min(from + PEM_MAX, next < 0 ? text.length : next))
      const closing = `-----END ${label[1]}-----`
      const close = block.indexOf(closing)
      BASE64_LINES.lastIndex = 0
      const end = close >= 0 ? close + closing.length : BASE64_LINES.test(block) ? BASE64_LINES.lastIndex : 0
      if (end > 0) found.push({ start, end: from + end, type: 'secret', score: 1 })
    }
    start = next
  }
}

/** Behind the run of these kinds; one beyond `max` when it goes on. */
function runEnd(text: string, from: number, kinds: number, max: number): number {
  let at = from
  while (at - from <= max && (KIND[text.charCodeAt(at)] & kinds) !== 0) at++
  return at
}
