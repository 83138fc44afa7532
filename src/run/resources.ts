/** What stages are handed when they are prepared. */
import { readFile } from 'node:fs/promises'
import { storeError } from '../io/store.js'
import type { Resources } from '../stage/stage.js'
import type { Plan } from './plan.js'

export function stageResources(plan: Pick<Plan, 'seed'>): Resources {
  return {
    seed: plan.seed,
    readFile: async (path) => {
      try {
        return await readFile(path)
      } catch (error) {
        throw storeError('read', path, error)
      }
    },
  }
}
