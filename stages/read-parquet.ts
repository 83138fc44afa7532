import { FIELD_OPTIONS, fieldNames } from '../src/formats/document-fields.js'
import { readParquet } from '../src/formats/parquet/read.js'
import { size } from '../src/stage/options.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'read',
  summary: 'read Parquet, one document a row',
  source: 'Apache Parquet format 2',
  options: {
    ...FIELD_OPTIONS,
    rangeSize: size({
      default: 64 * 2 ** 20,
      min: 1,
      meaning:
        'How far apart a file is cut, so that workers can share it; a shard takes the row groups that start in it.',
    }),
    groupSizeMax: size({
      default: 2 ** 30,
      min: 1,
      meaning: 'Row groups that unpack to more go to quarantine. One is held in memory at a time.',
    }),
  },
  read: {
    rangeSize: (options) => options.rangeSize,
    read: (options, file, range) =>
      readParquet(file, range, { fields: fieldNames(options), groupSizeMax: options.groupSizeMax }),
  },
})
