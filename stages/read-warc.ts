/** Reads web pages from WARC and ARC files, plain, gzip or zstd, and plain texts from WET files. WARC 1.1 is ISO 28500:2017. */
import { RecordError } from '../src/errors/errors.js'
import { documentOf } from '../src/formats/warc/document.js'
import { DAMAGE_SIZE_MAX } from '../src/formats/warc/range-reader.js'
import { isPackedWhole } from '../src/formats/warc/reader.js'
import { readJoinedRecords } from '../src/formats/warc/segments.js'
import { boolean, size } from '../src/stage/options.js'
import { defineStage, type ReadEvent } from '../src/stage/stage.js'

const MiB = 1024 * 1024

export default defineStage({
  kind: 'read',
  summary: 'reads web pages and plain texts from WARC, ARC and WET files, plain, gzip or zstd',
  source: 'WARC 1.0 and 1.1 (ISO 28500:2017), 0.17 and 0.18; ARC 1 and 2 (Internet Archive, 1996)',
  options: {
    rangeSize: size({
      default: 4 * MiB,
      min: 1,
      meaning: 'How far apart a file is cut, so that workers can share it.',
    }),
    recordSizeMax: size({
      default: 64 * MiB,
      min: 1,
      max: 1024 * MiB,
      meaning: 'Records larger than this, as stored or with their encodings removed, go to quarantine.',
    }),
    plainText: boolean({ default: false, meaning: 'Takes text/plain responses as documents too, not only HTML.' }),
  },
  read: {
    rangeSize: (options, _file, head) => (isPackedWhole(head) ? null : options.rangeSize),
    read: async function* (options, file, range) {
      const events = readJoinedRecords(file, range, options)
      for (;;) {
        const step = await events.next()
        if (step.done) return step.value
        const event = step.value
        if (event.kind === 'filler') {
          yield { kind: 'skipped', reason: event.reason }
          continue
        }
        if (event.kind === 'damage') {
          const { code, message, offset, length, bytes } = event
          yield { kind: 'quarantine', code, message, offset, length, bytes }
          continue
        }
        let read: ReadEvent
        try {
          read = documentOf(event, file.name, options)
        } catch (error) {
          if (!(error instanceof RecordError)) throw error
          const { offset, length } = event
          const bytes = await file.read(offset, Math.min(length, DAMAGE_SIZE_MAX))
          read = {
            kind: 'quarantine',
            code: error.code,
            message: `${file.name}:${offset}: ${error.message}`,
            offset,
            length,
            bytes,
          }
        }
        yield read
      }
    },
  },
})
