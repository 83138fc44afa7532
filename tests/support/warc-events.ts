/** Compares readings of WARC files: events as short strings, and the accounting of every byte. */
import { createHash } from 'node:crypto'
import { readRecords, type WarcEvent } from '../../src/formats/warc/reader.js'
import { memoryFile, type RangesRead, readInRanges } from './warc.js'

const MiB = 1024 * 1024

export function readFile(
  bytes: Uint8Array,
  rangeSize: number | null = null,
  recordSizeMax = 4 * MiB,
  name = 'test.warc.gz',
): Promise<RangesRead<WarcEvent>> {
  return readInRanges((file, range) => readRecords(file, range, { recordSizeMax }), memoryFile(bytes, name), rangeSize)
}

/** Everything that an event says, block and message included. */
export function fingerprints(events: readonly WarcEvent[]): string[] {
  return events.map((event) => {
    const place = `${event.offset}+${event.length}.${event.sub}`
    if (event.kind === 'filler') return `${place} ${event.reason}`
    if (event.kind === 'damage') {
      const { code, message, bytes, partial } = event
      const part = partial
        ? `${partial.type} ${JSON.stringify([...partial.fields])} ${digest(partial.block)}`
        : 'nothing'
      return `${place} ${code} ${message} ${digest(bytes)} ${part}`
    }
    return `${place} ${event.type} ${JSON.stringify([...event.fields])} ${digest(event.block)}`
  })
}

/** Short form for hand-written expectations: `0+310 response`, `310+20 not-gzip`. */
export function outline(events: readonly WarcEvent[]): string[] {
  return events.map((event) => {
    const sub = event.sub > 0 ? `.${event.sub}` : ''
    return `${event.offset}+${event.length}${sub} ${word(event)}`
  })
}

/** The record's type, the damage's code, or what fills the file. */
export function word(event: WarcEvent): string {
  return event.kind === 'record' ? event.type : event.kind === 'filler' ? event.reason : event.code
}

/** The first gap or overlap in [0, sizeBytes), null when the events cover it exactly. A member's records share its extent. */
export function coverageFault(events: readonly WarcEvent[], sizeBytes: number): string | null {
  let end = 0
  let before = ''
  for (const event of events) {
    const extent = `${event.offset}+${event.length}`
    if (extent === before && event.sub > 0) continue
    if (event.offset !== end || event.length <= 0) return `at ${end}: got ${extent} ${event.kind}`
    end = event.offset + event.length
    before = extent
  }
  return end === sizeBytes ? null : `ends at ${end} of ${sizeBytes}`
}

function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex').slice(0, 12)
}
