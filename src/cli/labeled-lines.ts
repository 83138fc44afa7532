/**
 * Labeled texts out of files, JSON Lines ({text, label}, one label or several) or fastText's form (words that begin with
 * `__label__` are the labels of their line); told by the first character, and gzip by the first bytes.
 */
import { LABEL_PREFIX } from '../classify/model-file.js'
import { ConfigError } from '../errors/errors.js'
import { isBlank, LineSplitter, withoutMark } from '../formats/jsonl/lines.js'
import { type Fields, readBytes, readFields } from './json-lines.js'

export interface LabeledLine {
  readonly text: string
  readonly labels: readonly string[]
}

const LINE_BYTES_MAX = 64 * 2 ** 20
const OPENING_BRACE = 0x7b

/** In input order. Throws ConfigError for a line that can't be used, by its number. */
export async function* readLabeled(path: string): AsyncGenerator<LabeledLine, void, void> {
  if (await beginsWithBrace(path)) {
    for await (const line of readFields(path)) {
      if ('error' in line) throw new ConfigError(`${path}: line ${line.line}: ${line.error}`)
      yield labeledFields(line.fields, `${path}: line ${line.line}`)
    }
    return
  }
  const splitter = new LineSplitter(0, LINE_BYTES_MAX)
  for await (const chunk of readBytes(path)) for (const line of splitter.push(chunk)) yield labeledLine(line, path)
  const last = splitter.end()
  if (last !== null) yield labeledLine(last, path)
}

async function beginsWithBrace(path: string): Promise<boolean> {
  for await (const chunk of readBytes(path)) {
    if (isBlank(chunk)) continue
    const bytes = withoutMark({ bytes: chunk, offset: 0, length: chunk.length })
    return bytes.find((byte) => byte > 0x20) === OPENING_BRACE
  }
  return false
}

function labeledFields({ text, label }: Fields, where: string): LabeledLine {
  const labels: unknown[] = Array.isArray(label) ? label : [label]
  if (typeof text !== 'string') throw new ConfigError(`${where}: text: expected a string, got ${typeof text}`)
  const sound = labels.filter((one): one is string => typeof one === 'string' && one !== '' && !/[\s\0]/.test(one))
  if (sound.length < labels.length) {
    throw new ConfigError(`${where}: label: expected a string without spaces, or a list, got ${JSON.stringify(label)}`)
  }
  return { text, labels: sound }
}

function labeledLine(line: Parameters<typeof withoutMark>[0], path: string): LabeledLine {
  if (line.length > LINE_BYTES_MAX) {
    throw new ConfigError(`${path}: byte ${line.offset}: expected a line of at most ${LINE_BYTES_MAX} bytes`)
  }
  const text = Buffer.from(withoutMark(line)).toString('utf8')
  const labels = text.split(/[ \t\v\f\r\0]+/).filter((word) => word.startsWith(LABEL_PREFIX))
  return { text, labels: labels.map((label) => label.slice(LABEL_PREFIX.length)) }
}
