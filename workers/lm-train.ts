/** Piscina entry: one task of training an n-gram model. Failures come back as values, since a thrown error loses its class. */
import { ConfigError, messageOf, StoreError } from '../src/errors/errors.js'
import type { TrainAnswer } from '../src/run/lm-train-lanes.js'
import { runTrainTask, type TrainTask } from '../src/run/lm-train-task.js'

export default function train(task: TrainTask): TrainAnswer {
  try {
    return { reply: runTrainTask(task) }
  } catch (error) {
    const kind = error instanceof ConfigError ? 'config' : error instanceof StoreError ? 'store' : 'shard'
    return { kind, message: messageOf(error) }
  }
}
