import { expect, test } from 'vitest'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import { drop, keep } from '../../src/stage/outcome.js'
import type { CorpusWork } from '../../src/stage/stage.js'
import { documentOf, RESOURCES } from '../support/dedup.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (data: Uint8Array): string => new TextDecoder().decode(data)

/** Emits each word of a document; logs what its reducers see. */
function wordWork(log: string[], partitions: 'key' | 'one'): CorpusWork<null> {
  return {
    collect: () => (document, emit) => {
      emit.attach(bytes(`blob of ${document.id}`))
      for (const word of document.text.split(' ')) emit.record(bytes(word), bytes(`${document.position.row}`))
    },
    rounds: [
      {
        name: 'words',
        partitions,
        reducer: (_options, resources) => {
          log.push('reducer')
          let word = ''
          let rows: number[] = []
          return {
            start(key) {
              word = text(key)
              rows = []
            },
            value(value) {
              rows.push(Number(text(value)))
            },
            end(emit) {
              log.push(`${word}: ${rows.join(' ')}`)
              for (const row of rows) {
                const blob = resources.attachment({ shard: 0, row })
                emit.decide({ shard: 0, row }, bytes(`${word} in ${text(blob ?? bytes('nothing'))}`))
              }
            },
          }
        },
      },
    ],
    settle: () => (_document, decision) => (decision === undefined ? keep() : drop(text(decision))),
  }
}

const documents = [
  documentOf({ id: 'a', text: 'pear fig', position: { shard: 9, row: 9 } }),
  documentOf({ id: 'b', text: 'fig fig apple' }),
  documentOf({ id: 'c', text: '\u00fcber' }),
]

test('one partition: groups by key bytes, values by bytes, equal ones kept; the smaller decision counts', async () => {
  const log: string[] = []
  const { decisions, outcomes, rounds } = await runCorpusInMemory(wordWork(log, 'one'), null, RESOURCES, documents)
  expect(log).toEqual(['reducer', 'apple: 1', 'fig: 0 1 1', 'pear: 0', '\u00fcber: 2'])
  const reasons = ['fig in blob of a', 'apple in blob of b', '\u00fcber in blob of c']
  expect(outcomes.map(({ reason }) => reason)).toEqual(reasons)
  expect(decisions.map((decision) => text(decision ?? bytes('')))).toEqual(reasons)
  expect(rounds.map(({ name, records }) => [name, [...records].length])).toEqual([['words', 6]])
  expect(text([...rounds[0].records][1].key)).toBe('fig')
})

test('several partitions: a reducer each, every group whole and once', async () => {
  const log: string[] = []
  const { outcomes } = await runCorpusInMemory(wordWork(log, 'key'), null, RESOURCES, documents)
  expect(log.filter((line) => line !== 'reducer').sort()).toEqual(['apple: 1', 'fig: 0 1 1', 'pear: 0', '\u00fcber: 2'])
  expect(log.filter((line) => line === 'reducer').length).toBeGreaterThan(1)
  expect(outcomes[0].reason).toBe('fig in blob of a')
})

test('a document without a decision settles with undefined', async () => {
  const work: CorpusWork<null> = { ...wordWork([], 'one'), collect: () => () => {}, rounds: [] }
  const { decisions, outcomes } = await runCorpusInMemory(work, null, RESOURCES, documents)
  expect(decisions).toEqual([undefined, undefined, undefined])
  expect(outcomes.every(({ verdict }) => verdict === 'keep')).toBe(true)
})

test('a second attachment and a position that is not there are mistakes of the stage', async () => {
  const twice: CorpusWork<null> = {
    ...wordWork([], 'one'),
    collect: () => (_document, emit) => {
      emit.attach(bytes('1'))
      emit.attach(bytes('2'))
    },
  }
  await expect(runCorpusInMemory(twice, null, RESOURCES, documents)).rejects.toThrow('attach called twice')
  const log: string[] = []
  const astray: CorpusWork<null> = {
    ...wordWork(log, 'one'),
    collect: () => (_document, emit) => emit.record(bytes('word'), bytes('77')),
  }
  await expect(runCorpusInMemory(astray, null, RESOURCES, documents)).rejects.toThrow('no document at shard 0, row 77')
})
