/** Sentences that are removed for names in them: what is left holds none, whatever met where they were. */
import { expect, it } from 'vitest'
import { ENTITY_TYPES } from '../../src/ner/labels.js'
import { PATTERN_TYPES } from '../../src/pii/types.js'
import maskPii from '../../stages/mask-pii.js'
import { prepared } from '../support/each-stage.js'
import { Random } from '../support/random.js'

const PARTS =
  `Ann Lee|Margaret Hamilton|Berlin|Acme Corp|moved to|works at|in|the river|Mr. Smith|. |. |! |, |\n|said|and|jo@mail.org|
+44 20 7123 4567|He|Paris|New York|born 12 March 1985|lives|Dr.|U.S.|a|12 Main Street|May|Will|Green|who|met|"|(|)|J. R.|IBM`
    .replace(/\|\n/g, '|')
    .split('|')

it.each([
  ['removeSentence', { action: 'removeSentence' }],
  ['removeSentence for names, tags for the rest', { action: 'tag', actions: { person: 'removeSentence' } }],
  ['tag', { action: 'tag' }],
] as const)('masked twice is masked once: %s', async (_, over) => {
  const mask = await prepared(maskPii, { types: [...PATTERN_TYPES, ...ENTITY_TYPES], ...over })
  let again = 0
  for (let seed = 1; seed <= 250; seed++) {
    const random = new Random(seed)
    const text = Array.from({ length: 3 + random.below(30) }, () => random.pick(PARTS)).join(' ')
    const { edit, spans } = mask(text)
    const once = edit?.text ?? text
    const said = `seed ${seed}: ${JSON.stringify(text)} -> ${JSON.stringify(once)}`
    for (const { start, end } of spans) expect(start < end && end <= once.length, said).toBe(true)
    expect(mask(once).edit, said).toBe(null)
    if (edit !== undefined) again++
  }
  expect(again).toBeGreaterThan(150)
})
