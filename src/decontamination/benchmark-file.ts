/**
 * Benchmark items from JSON Lines, plain or gzip. A line that can't be used stops the run before it starts: an item that is
 * left out unseen would be called clean.
 */
import { gunzipSync } from 'node:zlib'
import { isObject } from '../document/json.js'
import { ConfigError, messageOf } from '../errors/errors.js'

export interface BenchmarkItem {
  readonly bench: string
  readonly id: string
  /** Texts of the fields, in the order in which they were asked for; those that the item lacks are left out. */
  readonly texts: readonly string[]
}

export interface BenchmarkFields {
  readonly id: string
  readonly bench: string
  /** What is looked for: text, numbers, lists and objects of them. */
  readonly texts: readonly string[]
}

/** Strings deeper inside a field are not looked for. */
const DEPTH_MAX = 8

/** @throws ConfigError with file and line */
export function* readBenchmark(bytes: Uint8Array, path: string, fields: BenchmarkFields): Generator<BenchmarkItem> {
  const plain = decompressed(bytes, path)
  const name = path.replace(/^.*[/\\]/, '').replace(/\.(jsonl?|ndjson)?(\.gz)?$/i, '') || 'benchmark'
  let items = 0
  let number = 0
  for (let start = 0; start < plain.length; ) {
    const found = plain.indexOf(LF, start)
    const end = found < 0 ? plain.length : found
    const line = decodeLine(plain.subarray(start, end), `${path}:${++number}`)
    start = end + 1
    if (line.trim() === '') continue
    items++
    yield itemOf(line, `${path}:${number}`, number, name, fields)
  }
  if (items === 0) throw new ConfigError(`benchmarks: ${path}: expected a JSON object a line, got an empty file`)
}

const LF = 10
const GZIP = [0x1f, 0x8b]
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd]

function decompressed(bytes: Uint8Array, path: string): Uint8Array {
  const startsWith = (magic: readonly number[]) => magic.every((byte, at) => bytes[at] === byte)
  if (startsWith(ZSTD)) throw new ConfigError(`benchmarks: ${path}: expected plain text or gzip, got zstd`)
  if (!startsWith(GZIP)) return bytes
  try {
    return gunzipSync(bytes)
  } catch (error) {
    throw new ConfigError(`benchmarks: ${path}: expected a whole gzip file: ${messageOf(error)}`)
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function decodeLine(bytes: Uint8Array, place: string): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new ConfigError(`benchmarks: ${place}: expected UTF-8`)
  }
}

function itemOf(line: string, place: string, number: number, file: string, fields: BenchmarkFields): BenchmarkItem {
  const row = parsed(line, place)
  const texts = fields.texts.flatMap((name) => {
    const text = textOf(row[name], DEPTH_MAX)
    return text === '' ? [] : [text]
  })
  if (!fields.texts.some((name) => row[name] !== undefined && row[name] !== null)) {
    const got = Object.keys(row).slice(0, 8).join(', ')
    throw new ConfigError(`benchmarks: ${place}: expected a field ${fields.texts.join(' or ')}, got ${got || 'none'}`)
  }
  return { bench: labelOf(row[fields.bench]) ?? file, id: labelOf(row[fields.id]) ?? `line ${number}`, texts }
}

function parsed(line: string, place: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new ConfigError(`benchmarks: ${place}: expected a JSON object: ${messageOf(error).slice(0, 200)}`)
  }
  if (!isObject(value)) throw new ConfigError(`benchmarks: ${place}: expected a JSON object, got ${line.slice(0, 40)}`)
  return value
}

/** The words of a list or object stand in lines of their own. */
function textOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (value === null || typeof value !== 'object' || depth === 0) return ''
  return Object.values(value)
    .map((inner) => textOf(inner, depth - 1))
    .filter((text) => text !== '')
    .join('\n')
}

function labelOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}
