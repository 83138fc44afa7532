/** What a received body says, its content encoding removed; bounded, since a few bytes can unpack to gigabytes. */
import { RecordError } from '../errors/errors.js'
import { decodeBody } from '../formats/warc/http.js'
import type { Answer } from './fetch.js'

/** Small bodies may unpack to this much, whatever the ratio. */
const FREE_SIZE = 256 * 1024
/** No page is read beyond this. */
const DECODED_SIZE_MAX = 64 * 1024 * 1024

/** null: broken, or unpacks to more than `ratioMax` times its size. */
export function decodedBody({ body, fields }: Answer, ratioMax: number): Buffer | null {
  // The client has taken chunks apart already.
  const content = new Map([['content-encoding', fields.get('content-encoding') ?? '']])
  try {
    return decodeBody(body, content, Math.min(DECODED_SIZE_MAX, Math.max(FREE_SIZE, body.length * ratioMax)))
  } catch (error) {
    if (error instanceof RecordError) return null
    throw error
  }
}
