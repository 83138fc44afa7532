/**
 * Errors by what happens next. A message says where, what was expected, and what was got.
 * Programmer mistakes are plain assertions (`node:assert`) and are not listed here.
 */

/** The config or the call is wrong: nothing has started, nothing will. Exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * One record can't be used: it is counted, set aside in quarantine with its bytes, and the run goes on.
 * `code` is a short stable word for the ledger (`gzip-truncated`, `header-length`, …).
 */
export class RecordError extends Error {
  override readonly name = 'RecordError'
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/** A whole shard can't be done (unreadable file, full disk): the run goes on with the others and ends with exit code 1. */
export class ShardError extends Error {
  override readonly name: string = 'ShardError'
}

/** The run folder takes no more bytes (full disk, no permission): no other shard can be done either, so the run stops. */
export class StoreError extends ShardError {
  override readonly name = 'StoreError'
}

/** The device of a batch stage failed, or does not answer: no other shard can be scored either, so the run stops. */
export class DeviceError extends ShardError {
  override readonly name = 'DeviceError'
}

/** The message of anything thrown, for places that report and go on. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  return typeof error === 'object' ? 'something thrown that is no Error' : String(error)
}
