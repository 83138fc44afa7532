/**
 * Masks personal data that patterns can find: e-mail and IP addresses. The anchor is the PII step of FineWeb (Penedo et al.
 * 2024, section 3.6; datatrove's PIIFormatter), with two differences that are meant:
 *
 * - Replacements are numbered within a document: its n-th distinct address gets the n-th replacement (then the first again).
 *   What is written depends on the document alone, and the same address stays the same within it. datatrove has one counter
 *   a process, so that its output depends on the sharding.
 * - Replacements come from what is set aside for documentation (RFC 2606, 5737, 3849), and such addresses are never masked:
 *   they name nobody, and masking masked text changes nothing.
 */
import type { Document, Span } from '../src/document/document.js'
import { ConfigError } from '../src/errors/errors.js'
import { listOf, oneOf, string } from '../src/stage/options.js'
import { drop, edit, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'
import { findEmails } from '../src/text/email.js'
import { findIps, type IpSpan } from '../src/text/ip.js'

/** RFC 2606, RFC 6761. */
const DOCUMENTATION_HOST = /(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost)$/

const replacement = string({ meaning: 'a replacement' })

export default defineStage({
  kind: 'each',
  summary: 'mask e-mail and IP addresses',
  source: 'FineWeb (Penedo et al. 2024), PIIFormatter of datatrove 0.10; replacements numbered by document',
  options: {
    email: listOf(replacement, {
      default: ['email@example.com', 'firstname.lastname@example.org'],
      meaning: 'What e-mail addresses become: the n-th distinct one of a document the n-th, then the first again.',
    }),
    ipv4: listOf(replacement, {
      default: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '192.0.2.2', '198.51.100.2', '203.0.113.2'],
      meaning: 'What IPv4 addresses become.',
    }),
    ipv6: listOf(replacement, {
      default: ['2001:db8::1', '2001:db8::2', '2001:db8::3'],
      meaning: 'What IPv6 addresses become.',
    }),
    ip: oneOf(['public', 'all'], {
      default: 'public',
      meaning: 'Only addresses reachable from everywhere, or private, local and reserved ones too.',
    }),
    allow: listOf(string({ meaning: 'an address, or the part of an e-mail address behind its @' }), {
      default: [],
      meaning: 'Addresses and e-mail hosts left as they are, beside those set aside for documentation.',
    }),
    action: oneOf(['mask', 'annotate', 'drop'], {
      default: 'mask',
      meaning: 'Mask the addresses, only mark them as spans, or drop documents that hold any.',
    }),
  },
  signals: {
    emailCount: { type: 'number', unit: 'addresses', meaning: 'e-mail addresses found, those left alone not counted' },
    ipCount: { type: 'number', unit: 'addresses', meaning: 'IP addresses found, those left alone not counted' },
  },
  examples: [
    {
      text: 'Write to jo.doe@mailbox.org or call the server at 8.8.8.8.',
      drop: null,
      becomes: 'Write to email@example.com or call the server at 192.0.2.1.',
      signals: { emailCount: 1, ipCount: 1 },
    },
    {
      text: 'Version 10.0.19041.3 runs on 192.168.0.1; ask help@example.com.',
      drop: null,
      becomes: 'Version 10.0.19041.3 runs on 192.168.0.1; ask help@example.com.',
      signals: { emailCount: 0, ipCount: 0 },
    },
    { text: 'Write to jo.doe@mailbox.org.', options: { action: 'drop' }, drop: 'email' },
  ],

  prepare(options) {
    const replacements = { email: options.email, ipv4: options.ipv4, ipv6: options.ipv6 }
    for (const [name, words] of Object.entries(replacements)) {
      if (words.length === 0) throw new ConfigError(`mask-pii: ${name}: expected at least one replacement, got none`)
    }
    for (const word of options.email) {
      if (findPii(word, true, new Set()).some(({ kind }) => kind === 'email')) {
        throw new ConfigError(
          `mask-pii: email: expected words or addresses set aside for documentation (at example.com), got "${word}"`,
        )
      }
    }
    const allowed = new Set([...options.allow, ...Object.values(replacements).flat()].map((word) => word.toLowerCase()))
    const find = (text: string) => findPii(text, options.ip === 'all', allowed)

    return (document: Document) => {
      const found = find(document.text)
      const emailCount = found.filter((one) => one.kind === 'email').length
      const signals = { emailCount, ipCount: found.length - emailCount }
      if (found.length === 0) return keep(signals)
      if (options.action === 'drop') return drop(emailCount > 0 ? 'email' : 'ip', signals, found.map(spanOf))
      if (options.action === 'annotate') return keep(signals, found.map(spanOf))
      const { text, spans } = mask(document.text, found, replacements)
      return edit({ text }, signals, spans)
    }
  },
})

type Kind = 'email' | 'ipv4' | 'ipv6'

interface Found {
  readonly span: Span
  readonly kind: Kind
  /** Lower-cased. */
  readonly value: string
}

/** What is to be masked in `text`, in order, none overlapping. */
function findPii(text: string, privateToo: boolean, allowed: ReadonlySet<string>): Found[] {
  const emails = findEmails(text)
  const found: Found[] = []
  for (const span of emails) {
    const value = written(text, span)
    const host = value.slice(value.lastIndexOf('@') + 1)
    if (!allowed.has(value) && !allowed.has(host) && !DOCUMENTATION_HOST.test(host))
      found.push({ span, kind: 'email', value })
  }
  let email = 0
  for (const span of findIps(text)) {
    while (email < emails.length && emails[email].end <= span.start) email++
    if (email < emails.length && emails[email].start < span.end) continue // part of an e-mail address
    if (!isMeant(span, privateToo)) continue
    const value = written(text, span)
    if (!allowed.has(value)) found.push({ span, kind: span.version === 4 ? 'ipv4' : 'ipv6', value })
  }
  return found.sort((a, b) => a.span.start - b.span.start)
}

function isMeant(span: IpSpan, privateToo: boolean): boolean {
  return span.isPublic || (privateToo && !span.isDocumentation)
}

/** The text with every address replaced, and the spans of the replacements in it. */
function mask(
  text: string,
  found: readonly Found[],
  replacements: Readonly<Record<Kind, readonly string[]>>,
): { text: string; spans: Span[] } {
  const numbers = { email: new Map<string, number>(), ipv4: new Map<string, number>(), ipv6: new Map<string, number>() }
  const spans: Span[] = []
  let out = ''
  let done = 0
  for (const { span, kind, value } of found) {
    const known = numbers[kind]
    const number = known.get(value) ?? known.size
    known.set(value, number)
    out += text.slice(done, span.start)
    const start = out.length
    out += replacements[kind][number % replacements[kind].length]
    spans.push({ start, end: out.length, type: span.type, score: span.score })
    done = span.end
  }
  return { text: out + text.slice(done), spans }
}

function spanOf({ span: { start, end, type, score } }: Found): Span {
  return { start, end, type, score }
}

function written(text: string, span: Span): string {
  return text.slice(span.start, span.end).toLowerCase()
}
