/**
 * The ledger: for every input file, records in = documents + skipped + damaged, and documents = kept + dropped by reason +
 * quarantined by error. Parts are kept in the markers of tasks and summed; a run whose sums don't meet fails.
 */

export interface StageCount {
  in: number
  kept: number
  dropped: number
}

export interface FileLedger {
  /** What the reader yielded: documents, skipped records and damaged stretches. */
  records: number
  documents: number
  /** Sound records that are no documents, by kind. */
  skipped: Record<string, number>
  /** Damaged stretches of the file, by code. */
  damaged: Record<string, number>
  /** Documents that a stage could not treat, by code. */
  quarantined: Record<string, number>
  /** By stage, then reason. */
  dropped: Record<string, Record<string, number>>
  kept: number
  /** By stage: documents that reached it, in the order of the config. */
  stages: Record<string, StageCount>
}

export interface Ledger {
  readonly files: Record<string, FileLedger>
  readonly totals: FileLedger
}

export function emptyFileLedger(): FileLedger {
  return {
    ...{ records: 0, documents: 0, kept: 0 },
    ...{ skipped: counts(), damaged: counts(), quarantined: counts(), dropped: counts(), stages: counts() },
  }
}

/** Without a prototype: a reason may be called `constructor`. */
function counts<T>(): Record<string, T> {
  return Object.create(null)
}

export function count(into: Record<string, number>, name: string, by = 1): void {
  into[name] = (into[name] ?? 0) + by
}

export function countDrop(ledger: FileLedger, stage: string, reason: string): void {
  ledger.dropped[stage] ??= counts()
  count(ledger.dropped[stage], reason)
}

export function addLedger(into: FileLedger, part: FileLedger): void {
  into.records += part.records
  into.documents += part.documents
  into.kept += part.kept
  for (const kind of ['skipped', 'damaged', 'quarantined'] as const) {
    for (const [name, n] of Object.entries(part[kind])) count(into[kind], name, n)
  }
  for (const [stage, reasons] of Object.entries(part.dropped)) {
    into.dropped[stage] ??= counts()
    for (const [reason, n] of Object.entries(reasons)) count(into.dropped[stage], reason, n)
  }
  for (const [stage, { in: came, kept, dropped }] of Object.entries(part.stages)) {
    into.stages[stage] ??= { in: 0, kept: 0, dropped: 0 }
    into.stages[stage].in += came
    into.stages[stage].kept += kept
    into.stages[stage].dropped += dropped
  }
}

export function sum(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((total, n) => total + n, 0)
}

export function droppedTotal(ledger: FileLedger): number {
  return Object.values(ledger.dropped).reduce((total, reasons) => total + sum(reasons), 0)
}

/** What does not add up, in words; empty when the ledger balances. */
export function imbalances(name: string, ledger: FileLedger): string[] {
  const faults: string[] = []
  const expect = (what: string, left: number, right: number) => {
    if (left !== right) faults.push(`${name}: ${what}: ${left} is not ${right}`)
  }
  expect(
    'records = documents + skipped + damaged',
    ledger.records,
    ledger.documents + sum(ledger.skipped) + sum(ledger.damaged),
  )
  expect(
    'documents = kept + dropped + quarantined',
    ledger.documents,
    ledger.kept + droppedTotal(ledger) + sum(ledger.quarantined),
  )
  for (const [stage, { dropped }] of Object.entries(ledger.stages)) {
    expect(`dropped at ${stage}`, dropped, sum(ledger.dropped[stage] ?? {}))
  }
  return faults
}

/** The ledger as it is written: files by name, reasons by name, stages in the order of the config. */
export function finishLedger(files: Record<string, FileLedger>, stageOrder: readonly string[]): Ledger {
  const totals = emptyFileLedger()
  for (const stage of stageOrder) totals.stages[stage] = { in: 0, kept: 0, dropped: 0 }
  for (const part of Object.values(files)) addLedger(totals, part)
  const ordered = counts<FileLedger>()
  for (const name of Object.keys(files).sort()) ordered[name] = orderLedger(files[name], stageOrder)
  return { files: ordered, totals: orderLedger(totals, stageOrder) }
}

function orderLedger(ledger: FileLedger, stageOrder: readonly string[]): FileLedger {
  const dropped: FileLedger['dropped'] = counts()
  const stages: FileLedger['stages'] = counts()
  for (const stage of stageOrder) {
    if (ledger.dropped[stage]) dropped[stage] = sortedKeys(ledger.dropped[stage])
    if (ledger.stages[stage]) stages[stage] = ledger.stages[stage]
  }
  return {
    ...ledger,
    skipped: sortedKeys(ledger.skipped),
    damaged: sortedKeys(ledger.damaged),
    quarantined: sortedKeys(ledger.quarantined),
    dropped,
    stages,
  }
}

function sortedKeys(unsorted: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(unsorted).sort(([a], [b]) => (a < b ? -1 : 1)))
}
