/**
 * Masks personal data that patterns can find, and names of persons, organizations and locations that a model finds. By default
 * e-mail and IP addresses only, like the PII step of FineWeb (Penedo et al. 2024, section 3.6; datatrove's PIIFormatter), with
 * two differences that are meant:
 *
 * - Replacements are numbered within a document: its n-th distinct address gets the n-th replacement (then the first again).
 *   What is written depends on the document alone, and the same address stays the same within it. datatrove has one counter
 *   a process, so that its output depends on the sharding.
 * - Replacements come from what is set aside for documentation (RFC 2606, 5737, 3849), and such addresses are never masked:
 *   they name nobody, and masking masked text changes nothing.
 */
import type { Document } from '../src/document/document.js'
import { ConfigError } from '../src/errors/errors.js'
import { ENTITY_TYPES, type EntityType } from '../src/ner/labels.js'
import { decodeNerModel } from '../src/ner/model.js'
import { readShippedNerModel, SHIPPED_LANGUAGE } from '../src/ner/shipped-model.js'
import { makeTagger } from '../src/ner/tagger.js'
import {
  ACTIONS,
  type Action,
  applyActions,
  pseudonymWriter,
  replacementWriter,
  shippedReplacements,
} from '../src/pii/actions.js'
import { areExact, type Detection, makeDetector, type SpanSource } from '../src/pii/detect.js'
import { PATTERN_TYPES, type PatternType, REPLACEMENTS } from '../src/pii/types.js'
import { listOf, mapOf, number, type Option, oneOf, path, string } from '../src/stage/options.js'
import { drop, edit, keep } from '../src/stage/outcome.js'
import { defineStage, type Resources, type SignalDeclaration } from '../src/stage/stage.js'

const replacement = string({ meaning: 'a replacement' })
const TYPES = [...PATTERN_TYPES, ...ENTITY_TYPES] as const
type MaskedType = PatternType | EntityType
const type: Option<MaskedType> = oneOf(TYPES, { meaning: 'a type' })
const action = oneOf(ACTIONS, { default: 'replace', meaning: 'what to do' })

export default defineStage({
  kind: 'each',
  summary:
    'mask personal data: e-mail and IP addresses, and by option phone, card, account and identity numbers, keys, names and more',
  source: 'FineWeb (Penedo et al. 2024), PIIFormatter of datatrove 0.10; replacements numbered by document',
  options: {
    types: listOf<MaskedType>(type, {
      default: ['email', 'ip'],
      meaning: 'What is looked for: by patterns, but person, organization and location by a model.',
    }),
    nerModel: path({
      default: '',
      meaning:
        'The model of person, organization and location (millrace ner train). None: the English one that comes along, for texts in English or of no known language.',
    }),
    action: oneOf(ACTIONS, {
      default: 'replace',
      meaning:
        'replace: by values set aside for documentation. tag: by <TYPE>. pseudonym: by a tag that is the same for the same value. removeSentence: with the sentence around. drop: the whole document. annotate: only mark as spans.',
    }),
    actions: mapOf(TYPES, action, { default: {}, meaning: 'Types with an action of their own.' }),
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
  },
  profiles: {
    all: { types: PATTERN_TYPES },
    identifiers: {
      types: PATTERN_TYPES.filter((type) => type !== 'url' && type !== 'postalCode' && type !== 'coordinates'),
    },
  },
  signals: signalDeclarations(),
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
    {
      text: 'Call +44 20 7123 4567, pay by 4929 1234 5678 9015.',
      options: { types: ['phone', 'creditCard'], action: 'tag' },
      drop: null,
      becomes: 'Call <PHONE>, pay by <CREDIT_CARD>.',
      signals: { phoneCount: 1, creditCardCount: 1 },
    },
    {
      text: 'I moved. My IBAN is DE75 5121 0800 1245 1261 99. Bye!',
      options: { types: ['iban'], action: 'removeSentence' },
      drop: null,
      becomes: 'I moved. Bye!',
      signals: { ibanCount: 1 },
    },
    {
      text: 'Margaret Hamilton moved to Berlin.',
      options: { types: ['person', 'location'] },
      drop: null,
      becomes: '<PERSON> moved to <LOCATION>.',
      signals: { personCount: 1, locationCount: 1 },
    },
  ],

  async prepare(options, resources) {
    const lists = { email: options.email, ipv4: options.ipv4, ipv6: options.ipv6 }
    for (const [name, words] of Object.entries(lists)) {
      if (words.length === 0) throw new ConfigError(`mask-pii: ${name}: expected at least one replacement, got none`)
    }
    await checkReplacements(options.email)
    const allowed = [options.allow, ...Object.values(lists), ...Object.values(REPLACEMENTS)].flat()
    const allow = new Set(allowed.map((word) => word.toLowerCase()))
    const patterns = options.types.filter((type): type is PatternType => !isEntityType(type))
    const entities = options.types.filter(isEntityType)
    const more = entities.length === 0 ? [] : [await entitySource(options.nerModel, entities, resources)]
    const detect = await makeDetector({ ...options, types: patterns, allow, more })
    const key =
      options.keyFile === ''
        ? new TextEncoder().encode(`seed ${resources.seed}`)
        : await resources.readFile(options.keyFile)
    if (key.length === 0) throw new ConfigError('mask-pii: keyFile: expected a key, got an empty file')
    const actionOf = (type: string): Action => options.actions[type as MaskedType] ?? options.action // others have none
    const isSafe = entities.length === 0 && areExact(patterns)
    const replace = replacementWriter(({ type, value }) => {
      if (type === 'email') return { kind: type, list: lists.email, isSafe }
      if (type !== 'ip') return { kind: type, list: shippedReplacements(type), isSafe: false }
      return value.includes(':')
        ? { kind: 'ipv6', list: lists.ipv6, isSafe }
        : { kind: 'ipv4', list: lists.ipv4, isSafe }
    })

    return (document: Document) => {
      const found = detect(document.text, document.language)
      const signals = countsOf(options.types, found)
      if (found.length === 0) return keep(signals)
      const dropType = TYPES.find(
        (type) => actionOf(type) === 'drop' && found.some((detection) => detection.type === type),
      )
      if (dropType !== undefined) return drop(dropType, signals, found.map(spanOf))
      if (found.every(({ type }) => actionOf(type) === 'annotate')) return keep(signals, found.map(spanOf))
      const scope = options.pseudonyms === 'document' ? document.id : ''
      const writers = { replace, pseudonym: pseudonymWriter(key, scope) }
      const { text, spans } = applyActions(document.text, found, actionOf, writers)
      return edit({ text }, signals, spans)
    }
  },
})

function isEntityType(type: MaskedType): type is EntityType {
  return ENTITY_TYPES.some((entity) => entity === type)
}

async function entitySource(model: string, types: readonly EntityType[], resources: Resources): Promise<SpanSource> {
  const bytes = model === '' ? await readShippedNerModel() : await resources.readFile(model)
  const tag = makeTagger(decodeNerModel(bytes, model === '' ? 'the model that comes along' : model))
  return (text, language) => {
    if (model === '' && language !== '' && language !== SHIPPED_LANGUAGE) return []
    return tag(text).filter((span) => types.includes(span.type))
  }
}

function signalDeclarations(): Record<`${MaskedType}Count`, SignalDeclaration> {
  const entries = TYPES.map((type) => [
    `${type}Count`,
    {
      type: 'number',
      unit: 'spans',
      meaning: `${type} spans found, those left alone not counted; null when not looked for`,
    },
  ])
  return Object.fromEntries(entries) // fromEntries forgets the keys
}

function countsOf(types: readonly MaskedType[], found: readonly Detection[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const type of types) counts[`${type}Count`] = 0
  for (const { type } of found) counts[`${type}Count`]++
  return counts
}

/** An address of somebody as a replacement would be masked again where it grows together with what stands before it. */
async function checkReplacements(emails: readonly string[]): Promise<void> {
  const detect = await makeDetector({ types: ['email'], ip: 'all', countries: [], scoreMin: 0, allow: new Set() })
  for (const word of emails) {
    if (detect(word, '').length > 0) {
      throw new ConfigError(
        `mask-pii: email: expected words or addresses set aside for documentation (at example.com), got "${word}"`,
      )
    }
  }
}

function spanOf({ start, end, type, score }: Detection) {
  return { start, end, type, score }
}
