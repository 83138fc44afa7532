/**
 * Completion markers: `done/STEP/TASK.json`, created if absent, are the only truth about what a run has done. A marker
 * names the files of the attempt that won; readers follow markers and never list outputs.
 */

import { canonicalJson } from '../document/json.js'
import type { Store } from '../io/store.js'
import type { FileDigest } from '../io/written-file.js'
import type { ReadExtent } from '../stage/stage.js'
import type { FileLedger } from './ledger.js'

export type FileRole =
  | 'documents'
  | 'survivors'
  | 'verdicts'
  | 'dropped'
  | 'scores'
  | 'quarantine'
  | 'records'
  | 'decisions'
  | 'attachments'
  | 'artifact'

export interface MarkerFile extends FileDigest {
  readonly role: FileRole
  /** Of an artifact: the name that the stage gave it. */
  readonly name?: string
  /** Rows or records inside, counted by the writer. */
  readonly rows: number
}

export interface Marker {
  readonly step: string
  readonly task: number
  readonly files: readonly MarkerFile[]
  /** Name of the input file, '' for rounds. */
  readonly input: string
  /** Documents that came into this task; 0 for rounds. */
  readonly taken: number
  /** Where reading really began and stopped; null where nothing was read. */
  readonly extent: ReadExtent | null
  /** What this task counted; null for rounds. */
  readonly ledger: FileLedger | null
  /** True where an iteration of a repeated round asks for another one. */
  readonly again?: true
}

/**
 * `turn` tells the markers of a task that is done more than once: where a range was read again from, as its neighbor stopped
 * there; or the iteration of a repeated round.
 */
export function markerPath(step: string, task: number, turn: number | null = null): string {
  return `done/${step}/${String(task).padStart(6, '0')}${turn === null ? '' : `@${turn}`}.json`
}

export function readMarker(store: Store, path: string): Marker | null {
  return store.readJson<Marker>(path)
}

/** True when this attempt won. */
export function commitMarker(store: Store, path: string, marker: Marker): boolean {
  return store.putIfAbsent(path, canonicalJson(marker))
}

export function filesOf(marker: Marker, role: FileRole): MarkerFile[] {
  return marker.files.filter((file) => file.role === role)
}

/** Which ranges were read again, and from where: `done/STEP/repairs.json`, written once all ranges of a step are in. */
export type Repairs = Readonly<Record<string, number>>

export function repairsPath(step: string): string {
  return `done/${step}/repairs.json`
}

/** Which iteration of a repeated round was the last: `done/STEP/iterations.json`, written when it has settled. */
export interface Iterations {
  readonly last: number
}

export function iterationsPath(step: string): string {
  return `done/${step}/iterations.json`
}

/** Gives the marker that counts for each task of a step: the one of its last turn, or of the turn asked for. */
export class StepMarkers {
  private readonly repairs: Repairs
  private readonly turn: number | null

  constructor(
    private readonly store: Store,
    private readonly step: string,
    turn: number | null = null,
  ) {
    this.repairs = store.readJson<Repairs>(repairsPath(step)) ?? {}
    this.turn = turn ?? store.readJson<Iterations>(iterationsPath(step))?.last ?? null
  }

  /** The marker of a task in a step that is finished. */
  get(task: number): Marker {
    const marker = this.find(task)
    if (marker === null) throw new Error(`${this.store.folder}: step ${this.step} lacks the marker of task ${task}`)
    return marker
  }

  find(task: number): Marker | null {
    return readMarker(this.store, markerPath(this.step, task, this.turn ?? this.repairs[task] ?? null))
  }
}
