/** Which input files gave something that was set aside, or nothing at all: what a person should hear of after a run. */
import type { FileLedger } from '../run/ledger.js'
import { sum } from '../run/ledger.js'
import type { QuarantineEntry } from './quarantine.js'

export interface FileFault {
  readonly file: string
  /** Damaged stretches and documents set aside; 0 for a file without any record. */
  readonly count: number
  /** The first of them; null for a file without any record. */
  readonly first: QuarantineEntry | null
}

export interface FileFaults {
  readonly shown: readonly FileFault[]
  /** Files with faults beyond those. */
  readonly more: number
}

/** The first `shownMax` such files by name. Reads no more of the quarantine than it must. */
export function fileFaults(
  files: Readonly<Record<string, FileLedger>>,
  quarantine: Iterable<QuarantineEntry>,
  shownMax: number,
): FileFaults {
  const counts = Object.entries(files).flatMap(([file, ledger]): [string, number][] => {
    const count = sum(ledger.damaged) + sum(ledger.quarantined)
    return count > 0 || ledger.records === 0 ? [[file, count]] : []
  })
  const chosen = counts.slice(0, shownMax)
  const missing = new Set(chosen.flatMap(([file, count]) => (count > 0 ? [file] : [])))
  const firsts = new Map<string, QuarantineEntry>()
  if (missing.size > 0) {
    for (const entry of quarantine) {
      if (missing.delete(entry.file)) firsts.set(entry.file, entry)
      if (missing.size === 0) break
    }
  }
  const shown = chosen.map(([file, count]) => ({ file, count, first: firsts.get(file) ?? null }))
  return { shown, more: counts.length - chosen.length }
}
