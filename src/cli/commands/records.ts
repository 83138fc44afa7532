/** `millrace records`: what is in web archives, record by record, and where they are damaged. */
import { Command } from 'commander'
import { ShardError } from '../../errors/errors.js'
import { readRecords, type WarcEvent } from '../../formats/warc/reader.js'
import { type RecordRow, recordRow } from '../../formats/warc/row.js'
import { openInput } from '../../io/input-files.js'
import { wholeNumber } from '../option-text.js'
import { printable, type Terminal } from '../terminal.js'
import { bytesText, clip, plural } from '../text.js'

interface RecordsOptions {
  readonly json?: true
  readonly damaged?: true
  readonly recordSizeMax: number
}

const MiB = 1024 * 1024

const EXAMPLES = `
Reads WARC (0.17 to 1.1), ARC, WET and WAT: plain, gzip (a member a record, or one over the file), zstd (also with a dictionary).
Prints a table on a terminal, otherwise one line of JSON a record:
  {"file": …, "offset": …, "type": …, "uri": …, "date": …, "status": …, "contentType": …, "decodedLength": …, "decodedSha1": …, "error": …}
Length (bytes) and SHA-1 are those of the content with transfer and content encodings removed. "error" is null for sound records.
Reading goes on behind damage; the exit code is 1 when there was some.

Examples:
  npx millrace records crawl.warc.gz
  npx millrace records crawls/*.warc.gz --damaged               # only what is damaged, with offsets
  npx millrace records old.arc.gz | jq -r 'select(.status == 200) | .uri'
`

export default function makeRecords(terminal: Terminal): Command {
  return new Command('records')
    .description('List the records of web archives, and where they are damaged.')
    .argument('<files...>', 'WARC, ARC, WET or WAT files')
    .option('--json', 'JSON Lines on a terminal too')
    .option('--damaged', 'only damaged records')
    .option('--record-size-max <bytes>', 'larger records count as damaged', wholeNumber(1), 64 * MiB)
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: RecordsOptions) => {
      for (const file of files) await listFile(terminal, file, options)
    })
}

/** A file that can't be read is reported, and the others are still listed. */
async function listFile(terminal: Terminal, path: string, options: RecordsOptions): Promise<void> {
  try {
    await listRecords(terminal, path, options)
  } catch (error) {
    if (!(error instanceof ShardError)) throw error
    terminal.say('error', error.message)
    terminal.exitCode = 1
  }
}

async function listRecords(terminal: Terminal, path: string, options: RecordsOptions): Promise<void> {
  const { recordSizeMax } = options
  const isTable = terminal.showsData && !options.json
  const file = await openInput(path)
  let records = 0
  let damaged = 0
  try {
    if (isTable) await terminal.print(terminal.style('bold', printable(path)))
    const whole = { start: 0, end: file.sizeBytes, exact: true }
    for await (const event of readRecords(file, whole, { recordSizeMax })) {
      const row = recordRow(event, path, recordSizeMax)
      if (row === null) continue
      if (row.type !== null) records++
      if (row.error !== null) damaged++
      if (options.damaged && row.error === null) continue
      if (!isTable) await terminal.print(JSON.stringify(row))
      else for (const line of tableLines(row, event, terminal)) await terminal.print(line)
    }
  } finally {
    await file.close()
  }
  if (damaged > 0) terminal.exitCode = 1
  const damage = damaged === 0 ? 'none damaged' : `${plural(damaged, 'place')} damaged`
  terminal.note(`${printable(path)}: ${plural(records, 'record')} in ${bytesText(file.sizeBytes)}, ${damage}`)
}

const OFFSET_WIDTH = 12
const TYPE_WIDTH = 10
const SIZE_WIDTH = 8
const CONTENT_TYPE_WIDTH = 24

/** One line as it comes, so the columns are as wide as they mostly need to be. */
function tableLines(row: RecordRow, event: WarcEvent, terminal: Terminal): string[] {
  const size = row.decodedLength === null ? '-' : bytesText(row.decodedLength)
  const cells = [
    String(row.offset).padStart(OFFSET_WIDTH),
    clip(printable(row.type || '-'), TYPE_WIDTH).padEnd(TYPE_WIDTH),
    String(row.status ?? '').padStart(3),
    size.padStart(SIZE_WIDTH),
    clip(printable(row.contentType ?? '-'), CONTENT_TYPE_WIDTH).padEnd(CONTENT_TYPE_WIDTH),
    printable(row.uri ?? ''),
  ]
  const lines = row.type === null ? [] : [clip(cells.join('  '), Math.max(terminal.columns, 80)).trimEnd()]
  if (row.error === null) return lines
  const place = `${String(row.offset).padStart(OFFSET_WIDTH)}  damaged, ${plural(event.length, 'byte')}: `
  return [...lines, terminal.style('red', `${place}${printable(row.error)}`)]
}
