/** The documents that a shard handed on from the pass before. */
import { ShardError } from '../errors/errors.js'
import { readSurvivors, type Survivor } from '../formats/arrow/documents.js'
import type { Store } from '../io/store.js'
import type { Zstd } from '../io/zstd.js'
import { filesOf, StepMarkers } from './marker.js'
import type { Plan } from './plan.js'

/** Index of the last pass over the documents before a step. */
export function documentsStepBefore(plan: Plan, step: number): number {
  let before = step - 1
  while (plan.steps[before].kind !== 'documents') before--
  return before
}

/** @throws ShardError where the file is not as its marker says */
export function* survivorsOf(
  store: Store,
  plan: Plan,
  step: number,
  task: number,
  zstd: Zstd,
): Generator<Survivor, void, void> {
  const { id } = plan.steps[documentsStepBefore(plan, step)]
  const [file] = filesOf(new StepMarkers(store, id).get(task), 'survivors')
  if (file === undefined) return
  const bytes = store.read(file.path)
  if (bytes?.length !== file.sizeBytes) {
    const got = bytes === null ? 'nothing' : `${bytes.length} bytes`
    throw new ShardError(
      `${store.pathOf(file.path)}: expected ${file.sizeBytes} bytes, got ${got}; --fresh starts over`,
    )
  }
  yield* readSurvivors(bytes, zstd)
}
