/** The pages of WARC files as the read stage gives them. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { decodeBody, parseHttpHead } from '../../src/formats/warc/http.js'
import { readFile } from './warc-events.js'

export interface Response {
  readonly url: string
  readonly body: Buffer
  readonly contentType: string
}

const SIZE_MAX = 4 * 1024 * 1024

/** @param paths of WARC files, relative to the checkout */
export async function readResponses(paths: readonly string[]): Promise<Response[]> {
  const root = resolve(import.meta.dirname, '../..')
  const read = await Promise.all(paths.map((path) => readFile(readFileSync(resolve(root, path)))))
  return read
    .flatMap(({ events }) => events)
    .flatMap((event) => {
      if (event.kind !== 'record' || event.type !== 'response') return []
      const head = parseHttpHead(Buffer.from(event.block))
      if (head === null) return []
      const contentType = head.fields.get('content-type') ?? ''
      const body = decodeBody(Buffer.from(event.block.subarray(head.bodyStart)), head.fields, SIZE_MAX)
      return [{ url: event.fields.get('warc-target-uri') ?? '', body, contentType }]
    })
    .filter(({ contentType }) => /html/i.test(contentType))
}
