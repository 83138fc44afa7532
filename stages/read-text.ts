import { readTexts } from '../src/formats/text/read.js'
import { oneOf, size } from '../src/stage/options.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'read',
  summary: 'read plain text, UTF-8, plain, gzip or zstd',
  options: {
    unit: oneOf(['file', 'paragraph', 'line'], {
      default: 'file',
      meaning: 'What is one document: a whole file, what stands between blank lines, or a line.',
    }),
    textSizeMax: size({ default: 64 * 2 ** 20, min: 1, meaning: 'Longest text; longer ones go to quarantine.' }),
  },
  read: {
    rangeSize: () => null,
    read: (options, file) => readTexts(file, options.unit, options.textSizeMax),
  },
})
