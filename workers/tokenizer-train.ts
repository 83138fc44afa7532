/** Piscina entry: one task of training a tokenizer. */
import { answer, type TaskAnswer } from '../src/run/task-lanes.js'
import { runTokenizerTask, type TokenizerReply, type TokenizerTask } from '../src/run/tokenizer-train-task.js'

export default function train(task: TokenizerTask): Promise<TaskAnswer<TokenizerReply>> {
  return answer(() => runTokenizerTask(task))
}
