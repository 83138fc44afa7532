import { FIELD_OPTIONS, fieldNames } from '../src/formats/document-fields.js'
import { readLines } from '../src/formats/jsonl/read.js'
import { packingOf } from '../src/io/unpack.js'
import { size } from '../src/stage/options.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'read',
  summary: 'read JSON Lines, plain, gzip or zstd, one document a line',
  options: {
    ...FIELD_OPTIONS,
    rangeSize: size({
      default: 64 * 2 ** 20,
      min: 1,
      meaning: 'Bytes of a plain file that one shard takes; a gzip or zstd file is always one shard.',
    }),
    lineSizeMax: size({ default: 64 * 2 ** 20, min: 1, meaning: 'Longest line; longer ones go to quarantine.' }),
  },
  read: {
    rangeSize: ({ rangeSize }, file, head) => (packingOf(file.name, head) === 'plain' ? rangeSize : null),
    read: (options, file, range) =>
      readLines(file, range, {
        lineSizeMax: options.lineSizeMax,
        fields: fieldNames(options),
      }),
  },
})
