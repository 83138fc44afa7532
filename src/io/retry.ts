/** Trying again what may pass: busy servers and dropped connections, with pauses that double, or as Retry-After asks. */
import { setTimeout } from 'node:timers/promises'
import { messageOf, ShardError } from '../errors/errors.js'
import { waitMs } from './json-endpoint.js'

export interface RetryOptions {
  readonly attemptsMax: number
  /** Milliseconds before the second attempt; doubles with each. */
  readonly retryMs: number
}

/** A failure that another attempt may mend. */
export class PassingError extends Error {
  constructor(
    message: string,
    /** Milliseconds that the server has asked for; 0 for none. */
    readonly retryAfterMs = 0,
  ) {
    super(message)
  }
}

/**
 * Tries again whatever fails but ShardError, which is what it throws in the end. An attempt that brought bytes (`progress`)
 * starts the count anew. @param shown what is tried, for messages
 */
export async function retried<T>(
  shown: string,
  { attemptsMax, retryMs }: RetryOptions,
  attempt: () => Promise<T>,
  progress: () => number = () => 0,
): Promise<T> {
  let before = progress()
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if (error instanceof ShardError) throw error
      if (progress() > before) attempts = 1
      before = progress()
      if (attempts >= attemptsMax)
        throw new ShardError(`${shown}: gave up after ${attempts} attempts: ${messageOf(error)}`)
      await setTimeout(waitMs(attempts, retryMs, error instanceof PassingError ? error.retryAfterMs : 0, Math.random()))
    }
  }
}
