/**
 * The masking of one document, whatever finds the values: the options, what is found by patterns and by `more`, and what becomes of
 * it. The one rule of overlaps is in overlaps.ts, the actions are in actions.ts.
 */
import type { Document } from '../document/document.js'
import { ConfigError } from '../errors/errors.js'
import { listOf, number, type OptionValues, oneOf, path, string } from '../stage/options.js'
import { drop, edit, keep } from '../stage/outcome.js'
import type { EachFunction, Resources, SignalDeclaration } from '../stage/stage.js'
import {
  ACTIONS,
  type Action,
  applyActions,
  type Masked,
  pseudonymWriter,
  replacementWriter,
  shippedReplacements,
} from './actions.js'
import { areExact, type Detection, makeDetector, type SpanSource } from './detect.js'
import { withoutOverlaps } from './overlaps.js'
import { type PatternType, REPLACEMENTS } from './types.js'

const replacement = string({ meaning: 'a replacement' })

export const ACTION = oneOf(ACTIONS, { default: 'replace', meaning: 'what to do' })

/** What every stage that masks has, beside the types that it looks for. */
export const MASKING_OPTIONS = {
  action: oneOf(ACTIONS, {
    default: 'replace',
    meaning:
      'replace: by values set aside for documentation. tag: by <TYPE>. pseudonym: by a tag that is the same for the same value. removeSentence: with the sentence around. drop: the whole document. annotate: only mark as spans.',
  }),
  scoreMin: number({
    default: 0.5,
    min: 0,
    max: 1,
    meaning:
      'Spans below are left alone. A bare shape scores less than 0.5; words around it that name it add 0.35. For what a model finds: its probability.',
  }),
  countries: listOf(string({ meaning: 'ISO 3166 code' }), {
    default: [],
    meaning: 'Whose national phone numbers are looked for. None: those where the language of the document is spoken.',
  }),
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
  allow: listOf(string({ meaning: 'a value, or the part of an e-mail address behind its @' }), {
    default: [],
    meaning: 'Values and e-mail hosts left as they are, beside those set aside for documentation, tests and fiction.',
  }),
  pseudonyms: oneOf(['document', 'corpus'], {
    default: 'document',
    meaning: 'Where the same value has the same pseudonym.',
  }),
  keyFile: path({
    default: '',
    meaning:
      'A file whose bytes are the secret key of pseudonyms. None: the seed, with which anybody can find out which value a pseudonym stands for.',
  }),
}

export interface Sought {
  readonly patterns: readonly PatternType[]
  /** Finds types that are no patterns. */
  readonly more: readonly SpanSource[]
  /** All types, the first of those that drop a document being its reason. */
  readonly types: readonly string[]
  readonly actions: Readonly<Record<string, Action | undefined>>
  /** Types that have a signal with the number of their spans; the others are counted as `other` together. */
  readonly counted: readonly string[]
}

/** @throws ConfigError */
export async function prepareMasking(
  options: OptionValues<typeof MASKING_OPTIONS>,
  resources: Resources,
  { patterns, more, types, actions, counted }: Sought,
): Promise<EachFunction> {
  const lists = { email: options.email, ipv4: options.ipv4, ipv6: options.ipv6 }
  for (const [name, words] of Object.entries(lists)) {
    if (words.length === 0) throw new ConfigError(`${name}: expected at least one replacement, got none`)
  }
  await checkReplacements(options.email)
  const allowed = [options.allow, ...Object.values(lists), ...Object.values(REPLACEMENTS)].flat()
  const allow = new Set(allowed.map((word) => word.toLowerCase()))
  const detect = await makeDetector({ ...options, types: patterns, allow, more })
  const key =
    options.keyFile === ''
      ? new TextEncoder().encode(`seed ${resources.seed}`)
      : await resources.readFile(options.keyFile)
  if (key.length === 0) throw new ConfigError('keyFile: expected a key, got an empty file')
  const actionOf = (type: string): Action => actions[type] ?? options.action
  const isSafe = more.length === 0 && areExact(patterns)
  const replace = replacementWriter(({ type, value }) => {
    if (type === 'email') return { kind: type, list: lists.email, isSafe }
    if (type !== 'ip') return { kind: type, list: shippedReplacements(type), isSafe: false }
    return value.includes(':') ? { kind: 'ipv6', list: lists.ipv6, isSafe } : { kind: 'ipv4', list: lists.ipv4, isSafe }
  })

  return (document: Document) => {
    const found = detect(document.text, document.language)
    const signals = countsOf(counted, found)
    if (found.length === 0) return keep(signals)
    const dropType = types.find(
      (type) => actionOf(type) === 'drop' && found.some((detection) => detection.type === type),
    )
    if (dropType !== undefined) return drop(dropType, signals, found.map(spanOf))
    if (found.every(({ type }) => actionOf(type) === 'annotate')) return keep(signals, found.map(spanOf))
    const scope = options.pseudonyms === 'document' ? document.id : ''
    const writers = { replace, pseudonym: pseudonymWriter(key, scope) }
    const { masked, all } = maskStable(document, found)
    return edit({ text: masked.text }, all === found ? signals : countsOf(counted, all), masked.spans)

    /** Where sentences go, those around them meet, in which a model may see a name that it did not see before: again until none is. */
    function maskStable({ text, language }: Document, first: Detection[]): { masked: Masked; all: Detection[] } {
      let all = first
      for (let rounds = 1; ; rounds++) {
        const masked = applyActions(text, all, actionOf, writers)
        const mayShow = more.length > 0 && all.some(({ type }) => actionOf(type) === 'removeSentence')
        const next = mayShow && rounds < ROUNDS_MAX ? detect(masked.text, language) : []
        const fresh = next.filter(({ type }) => actionOf(type) !== 'annotate')
        if (fresh.length === 0) return { masked, all }
        all = withoutOverlaps([
          ...all,
          ...fresh.map(({ start, end, ...rest }) => ({
            ...rest,
            start: masked.sourceOf(start),
            end: masked.sourceOf(end - 1) + 1,
          })),
        ])
      }
    }
  }
}

/** Each but the last takes a sentence more out; few documents need a second. */
const ROUNDS_MAX = 20

/** One for each type, `emailCount`. */
export function countDeclarations<T extends string>(types: readonly T[]): Record<`${T}Count`, SignalDeclaration> {
  const entries = types.map((type) => [
    `${type}Count`,
    {
      type: 'number',
      unit: 'spans',
      meaning: `${type} spans found, those left alone not counted; null when not looked for`,
    },
  ])
  return Object.fromEntries(entries) // fromEntries forgets the keys
}

function countsOf(types: readonly string[], found: readonly Detection[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const type of types) counts[`${type}Count`] = 0
  for (const { type } of found) counts[`${types.includes(type) ? type : 'other'}Count`]++
  return counts
}

/** An address of somebody as a replacement would be masked again where it grows together with what stands before it. */
async function checkReplacements(emails: readonly string[]): Promise<void> {
  const detect = await makeDetector({ types: ['email'], ip: 'all', countries: [], scoreMin: 0, allow: new Set() })
  for (const word of emails) {
    if (detect(word, '').length > 0) {
      throw new ConfigError(
        `email: expected words or addresses set aside for documentation (at example.com), got "${word}"`,
      )
    }
  }
}

function spanOf({ start, end, type, score }: Detection) {
  return { start, end, type, score }
}
