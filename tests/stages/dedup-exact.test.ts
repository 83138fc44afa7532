import { describe, expect, test } from 'vitest'
import type { Document } from '../../src/document/document.js'
import { ConfigError } from '../../src/errors/errors.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import stage from '../../stages/dedup-exact.js'
import { documentOf, optionsOf, RESOURCES } from '../support/dedup.js'

/** [url, text] of each document; out `reason survivor` of the dropped ones by id. */
async function run(pages: readonly (readonly [url: string, text: string])[], over: Record<string, unknown> = {}) {
  const input = pages.map(([url, text], i): Document => documentOf({ id: `d${i}`, url, text }))
  const { outcomes } = await runCorpusInMemory(stage.corpus, optionsOf(stage, over), RESOURCES, input)
  const dropped: Record<string, string> = {}
  for (const [i, { verdict, reason, signals }] of outcomes.entries()) {
    if (verdict === 'drop') dropped[`d${i}`] = `${reason} ${signals.duplicateOf}`
  }
  return dropped
}

const PAGES = [
  ['http://a.example/1', 'first'],
  ['https://www.a.example/1/?utm_source=feed', 'second'],
  ['http://a.example/2', 'first'],
  ['http://a.example/3', 'second'],
  ['http://a.example/4', 'FIRST '],
] as const

test('URLs first, then texts among the survivors', async () => {
  expect(await run(PAGES)).toEqual({ d1: 'duplicateUrl d0', d2: 'duplicateText d0' })
})

test('texts first: then only what is left shares its URL', async () => {
  expect(await run(PAGES, { by: ['text', 'url'] })).toEqual({
    d1: 'duplicateUrl d0',
    d2: 'duplicateText d0',
    d3: 'duplicateText d1',
  })
})

test('by one key', async () => {
  expect(await run(PAGES, { by: ['url'] })).toEqual({ d1: 'duplicateUrl d0' })
  expect(await run(PAGES, { by: ['text'] })).toEqual({ d2: 'duplicateText d0', d3: 'duplicateText d1' })
})

test('normalized text: Unicode form, case and white space make no difference, punctuation does', async () => {
  const pages = ['caf\u00e9 au\n\n lait', ' CAFE\u0301\tau lait ', 'caf\u00e9 au lait!'].map(
    (text) => ['', text] as const,
  )
  expect(await run(pages, { text: 'normalized' })).toEqual({ d1: 'duplicateText d0' })
  expect(await run(pages)).toEqual({})
})

test('the longest survives if asked for, the first among equals', async () => {
  const pages = [
    ['http://a.example/', 'short'],
    ['http://a.example', 'longest of all'],
    ['http://a.example/#x', 'longest of all'],
    ['http://b.example/', 'longest of all'],
  ] as const
  expect(await run(pages, { keep: 'longest' })).toEqual({
    d0: 'duplicateUrl d1',
    d2: 'duplicateUrl d1',
    d3: 'duplicateText d1',
  })
})

describe('never duplicates', () => {
  test('documents without URL, without text, or of white space only', async () => {
    expect(
      await run([
        ['', 'x'],
        ['', 'y'],
        ['', ''],
        ['', ''],
        ['http://a.example/', ' '],
        ['', ' '],
      ]),
    ).toEqual({})
  })

  test('but an empty text may share a URL, and a missing URL a text', async () => {
    const pages = [
      ['http://a.example/', ''],
      ['http://a.example/', ''],
      ['', 'x'],
      ['', 'x'],
    ] as const
    expect(await run(pages)).toEqual({ d1: 'duplicateUrl d0', d3: 'duplicateText d2' })
  })
})

test('ids of any kind come back whole', async () => {
  const input = ['\u00fc/\u{1f600}', 'b'].map((id) => documentOf({ id, text: 'same' }))
  const { outcomes } = await runCorpusInMemory(stage.corpus, optionsOf(stage), RESOURCES, input)
  expect(outcomes[1].signals).toEqual({ duplicateOf: '\u00fc/\u{1f600}' })
})

test.each([[[]], [['url', 'url']], [['url', 'text', 'url']]])('by: %j is refused', async (by) => {
  await expect(run(PAGES, { by })).rejects.toThrow(ConfigError)
})
