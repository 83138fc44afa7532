/** Long commands stop at the first interrupt where they can go on later, and at once at the second. */
import type { Level } from './terminal.js'

/** Runs `work` with a signal that the first SIGINT or SIGTERM aborts. */
export async function interruptible<T>(
  say: (level: Level, text: string) => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130)
    say('warning', 'stopping; what is done is kept, and the same command goes on from there (again: stop at once)')
    stop.abort()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    return await work(stop.signal)
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
