/** Files that corpus stages make for later stages and for the user: where they lie, and options that name them. */
import { ShardError } from '../errors/errors.js'
import type { Store } from '../io/store.js'
import { isArtifactReference } from '../stage/options.js'
import { filesOf, StepMarkers } from './marker.js'
import type { Plan, RoundStep } from './plan.js'
import type { StageUse } from './settings.js'

/** Folder of the finished ones, a folder a stage. */
export const ARTIFACTS = 'artifacts'

export interface Artifact {
  /** The instance that made it. */
  readonly stage: string
  readonly name: string
  /** In the folder of its attempt, relative to the run folder. */
  readonly path: string
}

export function hasReference({ options }: StageUse): boolean {
  return Object.values(options).some(isArtifactReference)
}

/** Artifacts of a run that is whole. */
export function* artifactsOf(store: Store, plan: Plan): Generator<Artifact, void, void> {
  for (const step of plan.steps) if (step.kind === 'round') yield* stepArtifacts(store, step)
}

/**
 * A stage's options with the path of the artifact in place of each `{ from: STAGE }`. They were checked against the stage's own
 * declaration when the config was loaded: `never` stands for their type.
 */
export function optionsOf(store: Store, plan: Plan, step: number, use: StageUse): never {
  const options: Record<string, unknown> = { ...use.options }
  for (const [name, value] of Object.entries(options)) {
    if (!isArtifactReference(value)) continue
    const found = madeBy(store, plan, step, value.from).find((artifact) => artifact.name === value.file)
    if (found === undefined) throw new ShardError(`${use.as}: ${value.from} has made no file ${value.file}`)
    options[name] = store.pathOf(found.path)
  }
  return options as never
}

/** Artifacts of a stage's last round. */
function madeBy(store: Store, plan: Plan, end: number, stage: string): Artifact[] {
  for (let at = end - 1; at >= 0; at--) {
    const step = plan.steps[at]
    if (step.kind === 'round' && step.stage.as === stage) return [...stepArtifacts(store, step)]
  }
  return []
}

function* stepArtifacts(store: Store, step: RoundStep): Generator<Artifact, void, void> {
  const markers = new StepMarkers(store, step.id)
  for (let task = 0; task < step.taskCount; task++) {
    for (const { path, name = '' } of filesOf(markers.get(task), 'artifact')) yield { stage: step.stage.as, name, path }
  }
}
