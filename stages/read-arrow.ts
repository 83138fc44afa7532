import { readArrowDocuments } from '../src/formats/arrow/read.js'
import { FIELD_OPTIONS, fieldNames } from '../src/formats/document-fields.js'
import { size } from '../src/stage/options.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'read',
  summary: 'read Arrow IPC files and streams, one document a row',
  source: 'Apache Arrow columnar format 1.5',
  options: {
    ...FIELD_OPTIONS,
    batchSizeMax: size({
      default: 2 ** 29,
      min: 1,
      meaning: 'Record batches larger than this go to quarantine. One is held in memory at a time.',
    }),
  },
  read: {
    rangeSize: () => null,
    read: (options, file, range) =>
      readArrowDocuments(file, range, { fields: fieldNames(options), batchSizeMax: options.batchSizeMax }),
  },
})
