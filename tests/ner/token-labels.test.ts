/** Labels of sub-words to entities, by hand. */
import { describe, expect, it } from 'vitest'
import { readEntities, writeEntities } from '../../src/ner/recorded-entities.js'
import { entitiesOfTokens, readTokenLabels, typeOfLabel } from '../../src/ner/token-labels.js'

const BIO = readTokenLabels(['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC'])

/** Tokens written with | between, `##` for one that goes on with a word: their texts lie where they are found in the text. */
function tagged(
  text: string,
  tokens: readonly (readonly [string, string, number?])[],
  names: readonly string[],
  of = BIO,
) {
  const units: number[] = []
  let at = 0
  for (const [token] of tokens) {
    const piece = token.replace('##', '')
    const start = text.indexOf(piece, at)
    units.push(start, start + piece.length)
    at = start + piece.length
  }
  const found = entitiesOfTokens(
    text,
    {
      units: Uint32Array.from(units),
      continues: (i) => tokens[i][0].startsWith('##'),
      best: (i) => ({ label: names.indexOf(tokens[i][1]), score: tokens[i][2] ?? 1 }),
    },
    of,
  )
  return found.map(({ start, end, type, score }) => [text.slice(start, end), of.types[type], score])
}

const NAMES = ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC']

describe('entities', () => {
  it('are words of one type in a row, labeled by their first token', () => {
    const tokens = [
      ['Anna', 'B-PER', 0.9],
      ['Mill', 'I-PER', 0.8],
      ['##er', 'O', 0.99],
      ['met', 'O'],
      ['Bo', 'B-PER', 0.7],
      ['Li', 'B-PER', 0.6],
      ['in', 'O'],
      ['New', 'I-LOC', 0.5],
      ['York', 'I-LOC', 0.4],
      ['Ann', 'I-PER', 0.3],
    ] as const
    expect(tagged('Anna Miller met Bo Li in New York, Ann', tokens, NAMES)).toEqual([
      ['Anna Miller', 'person', 0.8],
      ['Bo', 'person', 0.7],
      ['Li', 'person', 0.6],
      ['New York', 'location', 0.4],
      ['Ann', 'person', 0.3],
    ])
  })

  it('end where BIOES and BILOU say', () => {
    for (const [end, single] of [
      ['E', 'S'],
      ['L', 'U'],
    ]) {
      const names = ['O', 'B-PER', 'I-PER', `${end}-PER`, `${single}-PER`]
      const tokens = [
        ['a', 'B-PER'],
        ['b', 'I-PER'],
        ['c', `${end}-PER`],
        ['d', 'I-PER'],
        ['e', `${single}-PER`],
        ['f', `${end}-PER`],
      ] as const
      const found = tagged('a b c d e f', tokens, names, readTokenLabels(names))
      expect(found.map(([text]) => text)).toEqual(['a b c', 'd', 'e', 'f'])
    }
  })

  it('of labels without place are what stands together', () => {
    const names = ['PER', 'O', 'ORG']
    const tokens = [
      ['a', 'PER'],
      ['b', 'PER'],
      ['c', 'ORG'],
      ['d', 'O'],
      ['e', 'ORG'],
    ] as const
    expect(tagged('a b c d e', tokens, names, readTokenLabels(names)).map(([text, type]) => [text, type])).toEqual([
      ['a b', 'person'],
      ['c', 'organization'],
      ['e', 'organization'],
    ])
  })

  it('have no space at their ends, and the marks of their last character', () => {
    const text = 'a  Jose\u0301\u{1f3fb}  b'
    const units = Uint32Array.from([0, 1, 1, 7, 10, 12, 12, 13])
    const label = [0, 1, 2, 0]
    const found = entitiesOfTokens(
      text,
      { units, continues: () => false, best: (i) => ({ label: label[i], score: 1 }) },
      BIO,
    )
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(['Jose\u0301'])
  })

  it('are recorded', () => {
    const entities = [
      { start: 0, end: 4, type: 1, score: 0.5 },
      { start: 70_000, end: 70_001, type: 300, score: 0.9999 },
    ]
    expect(readEntities(writeEntities(entities))).toEqual(entities)
    expect(readEntities(writeEntities([]))).toEqual([])
  })
})

describe('labels', () => {
  it.each([
    ['PER', 'person'],
    ['Person', 'person'],
    ['ORG', 'organization'],
    ['GPE', 'location'],
    ['MISC', 'misc'],
    ['CREDIT_CARD', 'creditCard'],
    ['Phone Number', 'phoneNumber'],
    ['phoneNumber', 'phoneNumber'],
    ['GIVENNAME1', 'givenname1'],
    ['constructor', 'constructor'],
  ])('%s is %s', (name, type) => {
    expect(typeOfLabel(name)).toBe(type)
  })

  it('other prefixes than B and I stand beside those', () => {
    expect(readTokenLabels(['O', 'E-MAIL', 'S-BAHN']).types).toEqual(['eMail', 'sBahn'])
    expect(readTokenLabels(['B-PER', 'E-PER', 'O']).labels).toEqual([
      { type: 0, place: 'begin' },
      { type: 0, place: 'end' },
      { type: -1, place: 'single' },
    ])
    expect(readTokenLabels(['O', 'B-PER', 'B-PERSON', 'I_LOC']).types).toEqual(['person', 'location'])
  })

  it.each([
    [['B-PER', 'I-PER'], 'expected "O"'],
    [['LABEL_0', 'LABEL_1'], 'expected "O"'],
    [[], 'expected "O"'],
    [['O', 'B-人名'], 'expected names of letters and digits, as B-PER, got "B-人名"'],
    [['O', '<script>1'], null],
    [['O', '1'], 'got "1"'],
  ])('%j', (names, message) => {
    if (message === null) expect(readTokenLabels(names).types).toEqual(['script1'])
    else expect(() => readTokenLabels(names)).toThrow(message)
  })
})
