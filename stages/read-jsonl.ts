import { FIELD_NAMES } from '../src/formats/jsonl/decode.js'
import { readLines } from '../src/formats/jsonl/read.js'
import { packingOf } from '../src/io/unpack.js'
import { size, string } from '../src/stage/options.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'read',
  summary: 'read JSON Lines, plain, gzip or zstd, one document a line',
  options: {
    idField: string({ default: FIELD_NAMES.id, meaning: 'Field that holds the id; without it an id is made.' }),
    urlField: string({ default: FIELD_NAMES.url, meaning: 'Field that holds the URL.' }),
    textField: string({ default: FIELD_NAMES.text, meaning: 'Field that holds the text.' }),
    htmlField: string({ default: FIELD_NAMES.html, meaning: 'Field that holds a page, where there is no text.' }),
    dateField: string({ default: FIELD_NAMES.date, meaning: 'Field that holds the date.' }),
    languageField: string({ default: FIELD_NAMES.language, meaning: 'Field that holds the language.' }),
    metadataField: string({
      default: FIELD_NAMES.metadata,
      meaning: 'Field whose members become metadata, together with all fields not named here.',
    }),
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
        fields: {
          id: options.idField,
          url: options.urlField,
          text: options.textField,
          html: options.htmlField,
          date: options.dateField,
          language: options.languageField,
          metadata: options.metadataField,
        },
      }),
  },
})
