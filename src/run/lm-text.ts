/** Training text out of files: lines of plain text, or of the field `text` of JSON Lines; either may be gzip or zstd. */
import { RecordError, ShardError } from '../errors/errors.js'
import { FIELD_NAMES } from '../formats/document-fields.js'
import { decodeLine } from '../formats/jsonl/decode.js'
import { isBlank, type Line, LineSplitter, withoutMark } from '../formats/jsonl/lines.js'
import { type ListedFile, type OpenInput, openInput } from '../io/input-files.js'
import { packingOf, unpacked } from '../io/unpack.js'
import type { Tokenize } from '../lm/profiles.js'

export interface TrainingTextForm {
  /** Lines are JSON objects, and the lines of their `text` are the sentences. */
  readonly isJson: boolean
  /** With `isJson`: a whole text is one sentence. */
  readonly isJoined: boolean
  /** What a sentence becomes first; null: its tokens stand between spaces already. */
  readonly tokenize: Tokenize | null
}

/** The sentences of a stretch of the files. */
export interface SentenceBatch {
  readonly sentences: readonly Uint8Array[]
  /** Bytes of all files read so far, as they lie on disk. */
  readonly bytesRead: number
  readonly bytesTotal: number
  /** Lines that can't be used: no JSON object with a text, or too long. */
  readonly skipped: number
}

/** As read-jsonl by default. */
const LINE_BYTES_MAX = 64 * 2 ** 20

/**
 * Reads the files in the order given. Every line of a plain file is a sentence, an empty one too, as lmplz has it; a last
 * line without a line end is a whole sentence, where lmplz leaves out its `</s>`. Where
 * text is tokenized here, or comes from JSON, lines without a token are none. Throws ShardError for a file that can't be
 * read, or damaged gzip or zstd.
 */
export async function* readSentences(
  files: readonly ListedFile[],
  form: TrainingTextForm,
): AsyncGenerator<SentenceBatch, void, void> {
  const bytesTotal = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let bytesBefore = 0
  for (const { path, sizeBytes } of files) {
    const file = await openInput(path)
    const splitter = new LineSplitter(0, LINE_BYTES_MAX)
    const position = { bytes: 0 }
    const batchOf = (lines: Iterable<Line>) => ({
      ...takeLines(lines, form),
      bytesRead: bytesBefore + position.bytes,
      bytesTotal,
    })
    try {
      for await (const piece of readPieces(file, position)) yield batchOf(splitter.push(piece))
      const last = splitter.end()
      if (last) yield batchOf([last])
    } finally {
      await file.close()
    }
    bytesBefore += sizeBytes
  }
}

/** Unpacked bytes; `position` follows how much of the file was read for them. */
async function* readPieces(file: OpenInput, position: { bytes: number }): AsyncGenerator<Uint8Array, void, void> {
  const counted = {
    ...file,
    read: async (offset: number, length: number) => {
      const bytes = await file.read(offset, length)
      position.bytes = Math.max(position.bytes, offset + bytes.length)
      return bytes
    },
  }
  const packing = packingOf(file.name, await file.read(0, Math.min(4, file.sizeBytes)))
  if (packing === 'not-gzip' || packing === 'not-zstd')
    throw new ShardError(`${file.name}: expected ${packing.slice('not-'.length)}, as the name says, got another file`)
  const pieces = unpacked(counted, packing)
  let step = await pieces.next()
  for (; !step.done; step = await pieces.next()) yield step.value
  if (step.value !== null) throw new ShardError(`${file.name}: ${step.value.message}`)
}

function takeLines(lines: Iterable<Line>, form: TrainingTextForm): Pick<SentenceBatch, 'sentences' | 'skipped'> {
  const sentences: Uint8Array[] = []
  let skipped = 0
  for (const line of lines) {
    if (line.length > LINE_BYTES_MAX) skipped++
    else if (!form.isJson) addSentence(sentences, withoutMark(line), form.tokenize)
    else if (!addDocument(sentences, line, form)) skipped++
  }
  return { sentences, skipped }
}

function addSentence(sentences: Uint8Array[], line: Uint8Array, tokenize: Tokenize | null): void {
  // The splitter's bytes are valid until its next call, which comes after the batch has been used.
  if (tokenize === null) sentences.push(line)
  else addText(sentences, Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8'), tokenize)
}

/** False for a line that can't be used. */
function addDocument(sentences: Uint8Array[], line: Line, { isJoined, tokenize }: TrainingTextForm): boolean {
  const bytes = withoutMark(line)
  if (isBlank(bytes)) return true
  try {
    const { text } = decodeLine(bytes, FIELD_NAMES)
    for (const sentence of isJoined ? [text] : text.split('\n')) addText(sentences, sentence, tokenize)
    return true
  } catch (error) {
    if (error instanceof RecordError) return false
    throw error
  }
}

function addText(sentences: Uint8Array[], text: string, tokenize: Tokenize | null): void {
  const tokens = tokenize === null ? text : tokenize(text).join(' ')
  if (tokens.trim() !== '') sentences.push(Buffer.from(tokens))
}
