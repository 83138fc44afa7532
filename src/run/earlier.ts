/** Earlier runs that a corpus stage matches against: which of their files it needs, and whether they fit. */
import { ConfigError } from '../errors/errors.js'
import { Store } from '../io/store.js'
import type { CorpusWork } from '../stage/stage.js'
import { fileSha256 } from './digest.js'
import type { Plan } from './plan.js'
import type { StageUse } from './settings.js'

/** What a stage attached to the documents of one shard of a run that is whole. */
export interface EarlierShard {
  /** Absolute path of the run folder. */
  readonly run: string
  /** Digest of the run's ledger and plan: another one when the run was done again. */
  readonly runSha256: string
  /** Relative to the run folder. */
  readonly attachments: string
  /** The verdict shards of the same documents. */
  readonly verdicts: readonly string[]
}

/** Folder of what was attached to documents, a folder a stage. */
export const SIGNATURES = 'signatures'

export function attachmentsFolder(as: string): string {
  return `${SIGNATURES}/${as}`
}

/** @throws ConfigError when a folder holds no whole run, or one made under options that do not fit */
export function earlierShards(use: StageUse, { recall }: CorpusWork<never>): EarlierShard[] {
  if (recall === undefined) return []
  const folders = [use.options[recall.option]].flat()
  return folders.flatMap((folder) => (typeof folder === 'string' && folder !== '' ? shardsOf(use, recall, folder) : []))
}

function shardsOf(use: StageUse, recall: NonNullable<CorpusWork<never>['recall']>, run: string): EarlierShard[] {
  const fail = (message: string) => new ConfigError(`${use.as}: ${recall.option}: ${run}: ${message}`)
  const store = new Store(run)
  const manifest = store.readJson<Plan>('manifest.json')
  if (manifest === null || !store.has('ledger.json')) throw fail('expected the folder of a run that is whole')
  const earlier = manifest.steps.flatMap((step) => {
    return step.kind === 'documents' && step.collects?.as === use.as ? [step.collects] : []
  })[0]
  if (earlier === undefined) throw fail(`the run has no stage ${use.as}`)
  const mismatch = recall.mismatch(use.options as never, earlier.options) // both as checked against the stage's declaration
  if (mismatch !== null) throw fail(mismatch)
  const runSha256 = `${fileSha256(store.pathOf('manifest.json'))} ${fileSha256(store.pathOf('ledger.json'))}`
  const verdicts = store.list('signals')
  return store
    .list(attachmentsFolder(use.as))
    .filter((name) => name.endsWith('.mat'))
    .map((name) => {
      const shard = name.slice(0, -'.mat'.length)
      const own = verdicts.filter((verdict) => verdict.startsWith(`${shard}-`)).map((verdict) => `signals/${verdict}`)
      return { run, runSha256, attachments: `${attachmentsFolder(use.as)}/${name}`, verdicts: own }
    })
}
