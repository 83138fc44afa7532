/** Piscina entry: one task of training an n-gram model. */
import { runTrainTask, type TrainReply, type TrainTask } from '../src/run/lm-train-task.js'
import { answer, type TaskAnswer } from '../src/run/task-lanes.js'

export default function train(task: TrainTask): Promise<TaskAnswer<TrainReply>> {
  return answer(() => runTrainTask(task))
}
