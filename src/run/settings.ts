/**
 * A checked config: plain JSON values only, so that it can be frozen into the run folder and read by every worker.
 * Made by `config.ts`; stage modules are loaded again by name where they are needed (`stage-loader.ts`).
 */
import type { PathLists } from '../io/path-list.js'

/** One stage as a config uses it, its options validated, defaults filled in, paths absolute. */
export interface StageUse {
  /** The instance's name: the stage's own, or `as:` where it stands twice. Unique; prefixes its signals. */
  readonly as: string
  /** The stage's file name without ending, or the absolute path of a user's own stage. */
  readonly stage: string
  readonly options: Readonly<Record<string, unknown>>
  /** Documents whose field is not listed pass untouched. null: all documents. */
  readonly when: { readonly language: readonly string[] } | null
  /** SHA-256 of a user's own stage file, '' for the shipped ones. */
  readonly codeSha256: string
}

export interface Execution {
  readonly on: 'local'
  /** Worker threads, resolved from `auto`. */
  readonly workers: number
  readonly memoryMaxBytes: number
  /** `untilDrop` stops at the first drop; `all` goes on measuring within the pass, the first drop decides. */
  readonly measure: 'untilDrop' | 'all'
  /** Which dropped texts are stored. */
  readonly dropped: 'all' | 'sample' | 'none'
  /** Share of dropped documents stored under `sample`, chosen by a hash of the id and the seed. */
  readonly droppedShare: number
  /** Seconds of silence on one document after which its worker is replaced. */
  readonly documentSecondsMax: number
}

export interface RunConfig {
  readonly name: string
  readonly seed: number
  readonly input: StageUse
  /** Globs or files, absolute, as given. */
  readonly inputPatterns: readonly string[]
  /** How lists of files among them are read; null where all are files themselves. */
  readonly pathLists: PathLists | null
  readonly stages: readonly StageUse[]
  readonly output: StageUse
  /** Folder that input names are relative to: the config file's, or the working folder for patterns given by --set. */
  readonly baseFolder: string
  /** Absolute path of the run folder. */
  readonly runFolder: string
  readonly execution: Execution
}
