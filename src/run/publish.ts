/**
 * The end of a run: sums the ledger, checks that it balances, gives the shards their final names, writes `ledger.json`, and
 * removes what no marker names. Idempotent: a run killed here does it again.
 */
import { extname } from 'node:path'
import { ShardError } from '../errors/errors.js'
import type { Store } from '../io/store.js'
import { ARTIFACTS, artifactsOf } from './artifacts.js'
import { attachmentsFolder, SIGNATURES } from './earlier.js'
import { addLedger, emptyFileLedger, type FileLedger, finishLedger, imbalances, type Ledger } from './ledger.js'
import { type FileRole, filesOf, type Marker, StepMarkers } from './marker.js'
import type { DocumentsStep, Plan } from './plan.js'
import { OWN_WORK } from './run-folder.js'
import { LOCK_PATH } from './run-lock.js'

/** Sums what is finished, whole or not: for the summary of a run that stopped. */
export function sumLedger(store: Store, plan: Plan): Ledger {
  const files: Record<string, FileLedger> = Object.create(null) // a file may be called `constructor`
  for (const input of plan.inputs) files[input.name] = emptyFileLedger()
  for (const { markers, step } of documentsSteps(store, plan)) {
    for (let task = 0; task < step.taskCount; task++) {
      const marker = markers.find(task)
      if (marker?.ledger) addLedger(files[marker.input], marker.ledger)
    }
  }
  return finishLedger(files, plan.stageOrder)
}

/** @param planFile path of the plan that the workers read */
export function publishRun(store: Store, plan: Plan, planFile: string): Ledger {
  const ledger = sumLedger(store, plan)
  checkBalance(store, plan, ledger)
  const published = new Set<string>()
  documentsSteps(store, plan).forEach(({ step, markers }, pass) => {
    for (let task = 0; task < step.taskCount; task++) {
      publishShard(store, markers.get(task), pass, task, published)
      if (step.keepsAttachments && step.collects !== null) {
        publishAttachments(store, markers.get(task), step.collects.as, task, published)
      }
    }
  })
  for (const { stage, path, name } of artifactsOf(store, plan)) {
    const to = `${ARTIFACTS}/${stage}/${name}`
    if (published.has(to)) throw new ShardError(`${stage}: two partitions have made an artifact ${name}`)
    store.publish(path, to)
    published.add(to)
  }
  const folders: string[] = Object.values(FOLDERS)
  for (const outer of [ARTIFACTS, SIGNATURES]) folders.push(...store.list(outer).map((stage) => `${outer}/${stage}`))
  for (const folder of folders) {
    for (const name of store.list(folder)) if (!published.has(`${folder}/${name}`)) store.remove(`${folder}/${name}`)
  }
  store.put('ledger.json', `${JSON.stringify(ledger, null, 2)}\n`)
  removeLeftovers(store, plan, planFile)
  return ledger
}

/** The folders of finished shards, by what is in them. */
export const FOLDERS = {
  documents: 'documents',
  verdicts: 'signals',
  dropped: 'dropped',
  scores: 'scores',
  quarantine: 'quarantine',
} as const

function publishShard(store: Store, marker: Marker, pass: number, task: number, published: Set<string>): void {
  for (const [role, folder] of Object.entries(FOLDERS)) {
    // keys of FOLDERS are file roles
    for (const file of filesOf(marker, role as FileRole)) {
      const shard = String(task).padStart(5, '0')
      const name = `${folder}/${role === 'documents' ? shard : `${shard}-${pass}`}${endingOf(file.path)}`
      store.publish(file.path, name)
      published.add(name)
    }
  }
}

function publishAttachments(store: Store, marker: Marker, as: string, task: number, published: Set<string>): void {
  for (const file of filesOf(marker, 'attachments')) {
    const name = `${attachmentsFolder(as)}/${String(task).padStart(5, '0')}.mat`
    store.publish(file.path, name)
    published.add(name)
  }
}

/** All of the file's ending: `.jsonl.gz`, not `.gz`. */
function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const at = name.indexOf('.')
  return at < 0 ? extname(name) : name.slice(at)
}

/** The sums against each other, and against the rows that the writers counted. */
function checkBalance(store: Store, plan: Plan, { files, totals }: Ledger): void {
  const faults = Object.entries(files).flatMap(([name, ledger]) => imbalances(name, ledger))
  const rows = { documents: 0, verdicts: 0, survivors: 0 }
  let taken = 0
  let survivorsBefore = totals.documents
  for (const { step, markers } of documentsSteps(store, plan)) {
    taken = 0
    rows.survivors = 0
    for (let task = 0; task < step.taskCount; task++) {
      const marker = markers.get(task)
      taken += marker.taken
      for (const role of ['documents', 'verdicts', 'survivors'] as const) {
        rows[role] += filesOf(marker, role).reduce((n, file) => n + file.rows, 0)
      }
    }
    if (taken !== survivorsBefore)
      faults.push(`${step.name}: ${taken} documents came in, ${survivorsBefore} were handed on`)
    survivorsBefore = rows.survivors
  }
  const { documents } = totals
  if (rows.verdicts !== documents) faults.push(`signals: ${rows.verdicts} verdict rows for ${documents} documents`)
  if (rows.documents !== totals.kept) faults.push(`documents: ${rows.documents} rows for ${totals.kept} kept`)
  if (faults.length > 0) throw new ShardError(`the ledger does not balance:\n${faults.join('\n')}`)
}

function documentsSteps(store: Store, plan: Plan): { step: DocumentsStep; markers: StepMarkers }[] {
  return plan.steps.flatMap((step) =>
    step.kind === 'documents' ? [{ step, markers: new StepMarkers(store, step.id) }] : [],
  )
}

/** Attempts that lost, and steps and plans of an earlier config. */
function removeLeftovers(store: Store, plan: Plan, planFile: string): void {
  const steps = new Map(plan.steps.map((step) => [step.id, step]))
  for (const parent of ['done', 'work']) {
    for (const name of store.list(parent)) {
      const path = `${parent}/${name}`
      if (OWN_WORK.test(name) && !steps.has(name) && path !== planFile && path !== LOCK_PATH) store.remove(path)
    }
  }
  for (const [id, step] of steps) {
    const markers = new StepMarkers(store, id)
    const named = new Set<string>()
    for (let task = 0; task < step.taskCount; task++) {
      for (const file of markers.get(task).files) named.add(file.path.split('/')[2])
    }
    for (const attempt of store.list(`work/${id}`)) if (!named.has(attempt)) store.remove(`work/${id}/${attempt}`)
  }
}
