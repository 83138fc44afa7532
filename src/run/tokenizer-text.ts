/**
 * Texts that a tokenizer is trained on, out of files: plain text (each line, its line end included, is a text, as Hugging
 * Face `tokenizers` reads files), JSON Lines, Parquet, and Arrow shards of a run. A file's form is told by its first bytes,
 * and JSON Lines from plain text by the name. Plain files and Parquet are cut into ranges, for several threads to read.
 */
import { isUtf8 } from 'node:buffer'
import { ConfigError, messageOf, ShardError } from '../errors/errors.js'
import { openArrow } from '../formats/arrow/reader.js'
import { FIELD_NAMES } from '../formats/document-fields.js'
import { nextLineStart, readLines } from '../formats/jsonl/read.js'
import { openParquet, type ParquetFile } from '../formats/parquet/file.js'
import { type ListedFile, type OpenInput, openInput } from '../io/input-files.js'
import { type Packing, unpacked } from '../io/unpack.js'
import { loadZstd } from '../io/zstd.js'
import type { InputFile } from '../stage/stage.js'

export type TextForm = 'text' | 'text-gzip' | 'text-zstd' | 'jsonl' | 'jsonl-gzip' | 'jsonl-zstd' | 'parquet' | 'arrow'

/** A part of a file that one thread reads. */
export interface TextRange {
  readonly name: string
  readonly path: string
  readonly form: TextForm
  /** Bytes of a plain file: the lines that start there. Rows of a Parquet file. All of others. */
  readonly start: number
  readonly end: number
  /** What reading it adds to the progress. */
  readonly sizeBytes: number
}

export interface TextFields {
  readonly text: string
  readonly language: string
}

/** What is found in a range. */
export interface TextVisitor {
  /** @param place in its file: an offset or the number of a row */
  text(text: string, language: string, source: string, place: number): void
  /** Whole lines of well-formed UTF-8, each a text. @param place offset of the first one */
  lines(lines: Uint8Array, source: string, place: number): void
  /** Something that was left out or mended, as `line-size`. */
  fault(code: string, message: string): void
}

const RANGE_BYTES = 16 * 2 ** 20
const READ_BYTES = 2 ** 20
const HEAD_BYTES = 2 ** 16
const LINE_BYTES_MAX = 64 * 2 ** 20

// ---- which ranges there are ----

/** The ranges of all files, in order. @throws ConfigError for a file that is no text, with all such files named */
export async function textRanges(files: readonly ListedFile[], fields: TextFields): Promise<TextRange[]> {
  const ranges: TextRange[] = []
  const wrong: string[] = []
  for (const listed of files) {
    const file = await openInput(listed.path, listed.name)
    try {
      ranges.push(...(await rangesOf(file, listed, fields)))
    } catch (error) {
      wrong.push(`${listed.path}: ${messageOf(error)}`)
    } finally {
      await file.close()
    }
  }
  if (wrong.length > 0) throw new ConfigError(wrong.join('\n'))
  return ranges
}

async function rangesOf(file: OpenInput, { name, path, sizeBytes }: ListedFile, fields: TextFields) {
  const form = formOf(name, await file.read(0, Math.min(HEAD_BYTES, sizeBytes)))
  if (form === 'parquet') return parquetRanges((await parquetOf(file, fields)).parquet, { name, path, form, sizeBytes })
  const whole: TextRange = { name, path, form, start: 0, end: sizeBytes, sizeBytes }
  if (form !== 'text' && form !== 'jsonl') return [whole]
  return Array.from({ length: Math.ceil(sizeBytes / RANGE_BYTES) }, (_, i): TextRange => {
    const start = i * RANGE_BYTES
    const end = Math.min(sizeBytes, start + RANGE_BYTES)
    return { ...whole, start, end, sizeBytes: end - start }
  })
}

/** Files that are often given by mistake: what they say of themselves is clearer than that they hold zeros. */
const KNOWN_BINARIES: readonly (readonly [string, string])[] = [
  ['504b0304', 'a zip archive'],
  ['89504e47', 'a PNG image'],
  ['ffd8ff', 'a JPEG image'],
  ['25504446', 'a PDF file'],
  ['7f454c46', 'a program'],
  ['425a68', 'bzip2'],
  ['fd377a58', 'xz'],
]

function formOf(name: string, head: Uint8Array): TextForm {
  const start = Buffer.from(head.subarray(0, 8))
  const isJson = /\.(jsonl|ndjson|json)(\.(gz|gzip|zst))?$/i.test(name)
  if (start.toString('latin1', 0, 6) === 'ARROW1') return 'arrow'
  if (start.toString('latin1', 0, 4) === 'PAR1') return 'parquet'
  if (start.toString('hex', 0, 2) === '1f8b') return isJson ? 'jsonl-gzip' : 'text-gzip'
  if (start.toString('hex', 0, 4) === '28b52ffd') return isJson ? 'jsonl-zstd' : 'text-zstd'
  const known = KNOWN_BINARIES.find(([magic]) => start.toString('hex').startsWith(magic))
  if (known) throw new ConfigError(`expected text, JSON Lines, Parquet or Arrow, got ${known[1]}`)
  const zero = head.indexOf(0)
  if (zero !== -1) throw new ConfigError(`expected text, got a binary file: byte ${zero} is 0`)
  return isJson ? 'jsonl' : 'text'
}

// ---- reading one ----

export async function readTexts(range: TextRange, fields: TextFields, visitor: TextVisitor): Promise<void> {
  const file = await openInput(range.path, range.name)
  try {
    if (range.form === 'parquet') await readParquet(file, range, fields, visitor)
    else if (range.form === 'arrow') await readArrowShard(file, fields, visitor)
    else if (range.form.startsWith('jsonl')) await readJsonLines(file, range, fields, visitor)
    else if (range.form === 'text') await readPlain(file, range, visitor)
    else
      await readBlocks(
        range.name,
        packedPieces(file, range.form === 'text-gzip' ? 'gzip' : 'zstd', visitor),
        0,
        visitor,
      )
  } finally {
    await file.close()
  }
}

async function readJsonLines(
  file: InputFile,
  range: TextRange,
  fields: TextFields,
  visitor: TextVisitor,
): Promise<void> {
  const events = readLines(
    file,
    { start: range.start, end: range.end, exact: range.start === 0 },
    { fields: { ...FIELD_NAMES, ...fields }, lineSizeMax: LINE_BYTES_MAX },
  )
  for await (const event of events) {
    if (event.kind === 'quarantine') visitor.fault(event.code, event.message)
    if (event.kind !== 'document') continue
    const { text, language, offset, raw } = event.document
    if (raw === null) visitor.text(text, language, file.name, offset)
    else visitor.fault('text-missing', `${file.name} at ${offset}: expected a field ${fields.text}, got html`)
  }
}

async function readArrowShard(file: InputFile, fields: TextFields, visitor: TextVisitor): Promise<void> {
  const shard = openArrow(await file.read(0, file.sizeBytes), await loadZstd())
  const types = new Map(shard.columns.map(({ name, type }) => [name, type]))
  if (types.get(fields.text) !== 'utf8') {
    throw new ShardError(`${file.name}: expected a column ${fields.text} of text, got ${[...types.keys()].join(', ')}`)
  }
  const names = [fields.text, fields.language, 'file'].filter((name) => types.get(name) === 'utf8')
  let place = 0
  for (const row of shard.rows(names)) visitRow(row, fields, file.name, place++, visitor)
}

/** Rows of a run say which input they came from: that is their source. */
function visitRow(
  row: Readonly<Record<string, unknown>>,
  fields: TextFields,
  name: string,
  place: number,
  visitor: TextVisitor,
): void {
  const { [fields.text]: value, [fields.language]: language, file } = row
  // Some writers of Parquet do not say that a column of bytes is text.
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value
  if (typeof text !== 'string') visitor.fault('text-missing', `${name}, row ${place}: no text`)
  else visitor.text(text, typeof language === 'string' ? language : '', typeof file === 'string' ? file : name, place)
}

// ---- Parquet, by row groups ----

async function parquetOf(file: InputFile, fields: TextFields): Promise<{ parquet: ParquetFile; columns: string[] }> {
  const parquet = await openParquet(file)
  const names = parquet.columns
  if (!names.includes(fields.text)) {
    throw new ShardError(`${file.name}: expected a column ${fields.text}, got ${names.join(', ')}`)
  }
  return { parquet, columns: [fields.text, fields.language, 'file'].filter((name) => names.includes(name)) }
}

function parquetRanges({ groups }: ParquetFile, whole: Omit<TextRange, 'start' | 'end'>): TextRange[] {
  return groups.map(({ rowStart, rowEnd, length }) => ({ ...whole, start: rowStart, end: rowEnd, sizeBytes: length }))
}

async function readParquet(file: InputFile, range: TextRange, fields: TextFields, visitor: TextVisitor): Promise<void> {
  const { parquet, columns } = await parquetOf(file, fields)
  const rows = await parquet.rows({ rowStart: range.start, rowEnd: range.end }, columns).catch((error) => {
    throw new ShardError(`${file.name}, rows ${range.start} to ${range.end}: damaged: ${messageOf(error)}`)
  })
  for (const [i, row] of rows.entries()) visitRow(row, fields, file.name, range.start + i, visitor)
}

// ---- plain text, by blocks of lines ----

async function readPlain(file: InputFile, { start, end }: TextRange, visitor: TextVisitor): Promise<void> {
  const first = await nextLineStart(file, start)
  if (first < end) await readBlocks(file.name, plainPieces(file, first, end), first, visitor)
}

/** The bytes from `first`, where a line starts, to the end of the last line that starts before `end`. */
async function* plainPieces(file: InputFile, first: number, end: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = first; at < file.sizeBytes; ) {
    const piece = await file.read(at, Math.min(READ_BYTES, file.sizeBytes - at))
    if (piece.length === 0) throw new ShardError(`${file.name}: expected ${file.sizeBytes} bytes, got only ${at}`)
    const last = at + piece.length < end ? -1 : piece.indexOf(LF, Math.max(0, end - 1 - at))
    yield last === -1 ? piece : piece.subarray(0, last + 1)
    if (last !== -1) return
    at += piece.length
  }
}

const LF = 10

async function* packedPieces(
  file: InputFile,
  packing: Packing,
  visitor: TextVisitor,
): AsyncGenerator<Uint8Array, void, void> {
  const pieces = unpacked(file, packing)
  let step = await pieces.next()
  for (; !step.done; step = await pieces.next()) yield step.value
  if (step.value !== null) visitor.fault(step.value.code, `${file.name}: ${step.value.message}; what follows is lost`)
}

async function readBlocks(
  name: string,
  pieces: AsyncIterable<Uint8Array>,
  start: number,
  visitor: TextVisitor,
): Promise<void> {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let place = start
  let isTooLong = false
  const give = () => {
    const block = pending.length === 1 ? pending[0] : Buffer.concat(pending)
    if (isTooLong)
      visitor.fault('line-size', `${name} near ${place}: expected lines of at most ${LINE_BYTES_MAX} bytes`)
    else visitBlock(block, name, place, visitor)
    place += pendingBytes
    pending = []
    pendingBytes = 0
    isTooLong = false
  }
  const keep = (part: Uint8Array) => {
    isTooLong ||= pendingBytes + part.length > LINE_BYTES_MAX + READ_BYTES
    if (isTooLong) pending = []
    else pending.push(part)
    pendingBytes += part.length
  }
  for await (const piece of pieces) {
    const lines = piece.lastIndexOf(LF) + 1
    if (lines > 0) {
      keep(piece.subarray(0, lines))
      give()
    }
    // A copy: what reads the pieces may use their memory again.
    if (lines < piece.length) keep(piece.slice(lines))
  }
  if (pendingBytes > 0) give()
}

function visitBlock(block: Uint8Array, name: string, place: number, visitor: TextVisitor): void {
  const isMarked = place === 0 && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf
  const bytes = isMarked ? block.subarray(3) : block
  if (isUtf8(bytes)) {
    visitor.lines(bytes, name, place)
    return
  }
  for (const [start, end] of linesOf(bytes)) {
    const line = bytes.subarray(start, end)
    if (isUtf8(line)) visitor.lines(line, name, place + start)
    else {
      visitor.fault('utf8', `${name} at ${place + start}: bytes that are no UTF-8: U+FFFD stands for them`)
      visitor.lines(Buffer.from(Buffer.from(line).toString('utf8')), name, place + start)
    }
  }
}

/** Start and end of each line, its LF included. */
export function* linesOf(bytes: Uint8Array): Generator<readonly [number, number], void, void> {
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(LF, start)
    const end = feed === -1 ? bytes.length : feed + 1
    yield [start, end]
    start = end
  }
}
