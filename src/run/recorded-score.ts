/** What a batch step records of a document: its score, or why there is none, which sets it aside in the next pass. */
import { messageOf, RecordError } from '../errors/errors.js'

const SCORE = 0
const FAILURE = 1

export function recordScore(score: Uint8Array): Uint8Array {
  const record = new Uint8Array(1 + score.length)
  record[0] = SCORE
  record.set(score, 1)
  return record
}

/** @param code what the document is set aside under, unless the error brings its own */
export function recordFailure(error: unknown, code: string): Uint8Array {
  const said = { code: error instanceof RecordError ? error.code : code, message: messageOf(error) }
  const text = new TextEncoder().encode(JSON.stringify(said))
  const record = new Uint8Array(1 + text.length)
  record[0] = FAILURE
  record.set(text, 1)
  return record
}

/** @throws RecordError when a failure was recorded */
export function readScore(record: Uint8Array): Uint8Array {
  if (record[0] === SCORE) return record.subarray(1)
  const { code, message } = JSON.parse(new TextDecoder().decode(record.subarray(1)))
  throw new RecordError(code, message)
}
