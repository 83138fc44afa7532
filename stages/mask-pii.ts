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
import { ENTITY_TYPES, type EntityType } from '../src/ner/labels.js'
import { decodeNerModel } from '../src/ner/model.js'
import { readShippedNerModel, SHIPPED_LANGUAGE } from '../src/ner/shipped-model.js'
import { makeTagger } from '../src/ner/tagger.js'
import type { SpanSource } from '../src/pii/detect.js'
import { ACTION, countDeclarations, MASKING_OPTIONS, prepareMasking } from '../src/pii/masking.js'
import { PATTERN_TYPES, type PatternType } from '../src/pii/types.js'
import { listOf, mapOf, type Option, oneOf, path } from '../src/stage/options.js'
import { defineStage, type Resources } from '../src/stage/stage.js'

const TYPES = [...PATTERN_TYPES, ...ENTITY_TYPES] as const
type MaskedType = PatternType | EntityType
const type: Option<MaskedType> = oneOf(TYPES, { meaning: 'a type' })

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
    actions: mapOf(TYPES, ACTION, { default: {}, meaning: 'Types with an action of their own.' }),
    ...MASKING_OPTIONS,
  },
  profiles: {
    all: { types: TYPES },
    patterns: { types: PATTERN_TYPES },
    identifiers: {
      types: PATTERN_TYPES.filter((type) => type !== 'url' && type !== 'postalCode' && type !== 'coordinates'),
    },
  },
  signals: countDeclarations(TYPES),
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
    const patterns = options.types.filter((type): type is PatternType => !isEntityType(type))
    const entities = options.types.filter(isEntityType)
    const more = entities.length === 0 ? [] : [await entitySource(options.nerModel, entities, resources)]
    const { types, actions } = options
    return prepareMasking(options, resources, { patterns, more, types: TYPES, actions, counted: types })
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
