import { describe, expect, it } from 'vitest'
import { addLedger, emptyFileLedger, type FileLedger, finishLedger, imbalances } from '../../src/run/ledger.js'

function balanced(): FileLedger {
  return {
    records: 12,
    documents: 9,
    skipped: { request: 2 },
    damaged: { 'gzip-crc': 1 },
    quarantined: { 'error-x': 1 },
    dropped: { a: { short: 2, long: 1 }, b: { odd: 1 } },
    kept: 4,
    stages: { a: { in: 9, kept: 6, dropped: 3 }, b: { in: 5, kept: 4, dropped: 1 } },
  }
}

describe('the ledger', () => {
  it('balances when every record went somewhere', () => {
    expect(imbalances('f', balanced())).toEqual([])
  })

  it.each([
    ['records', (l: FileLedger) => l.records++, /records = documents \+ skipped \+ damaged: 13 is not 12/],
    ['kept', (l: FileLedger) => l.kept--, /documents = kept \+ dropped \+ quarantined: 9 is not 8/],
    ['a stage', (l: FileLedger) => l.stages.b.dropped++, /dropped at b: 2 is not 1/],
  ])('names what does not: %s', (_name, spoil, message) => {
    const ledger = balanced()
    spoil(ledger)
    expect(imbalances('f', ledger).join('\n')).toMatch(message)
  })

  it('sums parts, and orders stages as in the config and names by name', () => {
    const twice = emptyFileLedger()
    addLedger(twice, balanced())
    addLedger(twice, balanced())
    const ledger = finishLedger({ z: balanced(), a: twice }, ['b', 'a'])
    expect(Object.keys(ledger.files)).toEqual(['a', 'z'])
    expect(ledger.totals.records).toBe(36)
    expect(ledger.totals.dropped).toEqual({ b: { odd: 3 }, a: { long: 3, short: 6 } })
    expect(Object.keys(ledger.totals.stages)).toEqual(['b', 'a'])
    expect(ledger.totals.stages.a).toEqual({ in: 27, kept: 18, dropped: 9 })
  })
})
