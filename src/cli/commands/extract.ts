/** `millrace extract`: main text of one page, or of every page of a WARC or JSON Lines file, and where it stands in them. */
import { constants, gunzipSync } from 'node:zlib'
import { Command } from 'commander'
import type { Document } from '../../document/document.js'
import { ConfigError } from '../../errors/errors.js'
import { openPage } from '../../html/charset.js'
import { type DecideOptions, extractWithSpans, type PageSpan } from '../../html/extract.js'
import { openInput } from '../../io/input-files.js'
import { defaultOptions, loadStageUse } from '../../run/config.js'
import { ownResources } from '../../run/resources.js'
import { loadStage } from '../../run/stage-loader.js'
import type { Outcome } from '../../stage/outcome.js'
import { asideText } from '../funnel.js'
import { readBytes } from '../json-lines.js'
import { repeated } from '../option-text.js'
import type { Terminal } from '../terminal.js'

/** Those that only spell an option of the stage shorter. */
const SHORT = ['engine', 'favor', 'format', 'links', 'images', 'comments'] as const

interface CommandOptions extends Partial<Record<(typeof SHORT)[number], string | boolean>> {
  readonly input?: string
  readonly url?: string
  readonly json?: boolean
  readonly spans?: boolean
  readonly set?: readonly string[]
}

interface Extracted {
  readonly outcome: Outcome
  /** Null unless they are asked for. */
  readonly spans: readonly PageSpan[] | null
}

type Extract = (document: Omit<Document, 'position'>, row: number) => Extracted

const HEAD_BYTES = 4096

const EXAMPLES = `
Examples:
  npx millrace extract < page.html
  npx millrace extract page.html --engine readability
  npx millrace extract page.html --format markdown --links --url https://bees.example/a/page.html
  npx millrace extract page.html --json                          # {"text", "title", "date", "author", "license", …}
  npx millrace extract page.html --spans                         # and where in the page each part of the text stands
  npx millrace extract --input crawl.warc.gz > pages.jsonl       # {"id", "url", "text", "title", …} a page
  npx millrace extract --input pages.jsonl > texts.jsonl         # from lines with "html"

Spans are [start, end) in the text and [htmlStart, htmlEnd) in the decoded page without a byte order mark, all in UTF-16 units.
Formulas, white space and what was decoded make a range of the page differ from its text.
`

export default function makeExtract(terminal: Terminal): Command {
  return new Command('extract')
    .description('Extract the main text of a page from stdin or a file, or of all pages of a WARC or JSON Lines file.')
    .argument('[file]', 'one HTML page; stdin when left out')
    .option('--input <file>', 'WARC, or JSON Lines with html; gives JSON Lines')
    .option('--format <name>', 'text (one line a block) or markdown')
    .option('--links', 'keep the addresses of links in Markdown')
    .option('--images', 'keep the addresses of images in Markdown')
    .option('--favor <name>', 'precision, balanced or recall: what to do with doubtful blocks')
    .option('--comments', 'keep comments of readers')
    .option('--engine <name>', 'millrace or readability (see millrace stages extract-text)')
    .option('--set <option=value>', 'give another option of extract-text', repeated)
    .option('--url <address>', 'address of the one page, which its links are relative to')
    .option('--json', 'one page as a JSON line with its metadata, too')
    .option('--spans', 'also say where in the page the text stands; gives JSON Lines')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string | undefined, options: CommandOptions) => {
      const short = SHORT.flatMap((name) => (options[name] === undefined ? [] : [`${name}=${options[name]}`]))
      const extract = await prepareExtract([...short, ...(options.set ?? [])], options.spans ?? false)
      if (options.input === undefined) await extractPage(terminal, file, options, extract)
      else if (file !== undefined) throw new ConfigError('extract: give one page, or --input FILE, not both')
      else if (options.url !== undefined)
        throw new ConfigError('extract: --url is for one page, those of a file have their own')
      else await extractFile(terminal, options.input, extract)
    })
}

async function prepareExtract(set: readonly string[], withSpans: boolean): Promise<Extract> {
  const use = await loadStageUse('extract-text', set, false)
  const stage = await loadStage(use.stage)
  if (stage.kind !== 'each') throw new ConfigError('extract-text: expected a stage of kind each')
  const run = await stage.prepare(use.options as never, await ownResources(stage, use.options, 1)) // checked by loadStageUse
  const { engine, format } = use.options
  if (withSpans && (engine !== 'millrace' || format !== 'text'))
    throw new ConfigError(`extract --spans: expected engine millrace and format text, got ${engine} and ${format}`)
  return (document, row) => {
    const outcome = run({ ...document, position: { shard: 0, row } })
    const isPage = document.raw !== null && !/^\s*text\/plain\b/i.test(document.raw.contentType)
    // The options were checked against the declaration of the stage that they belong to.
    return {
      outcome,
      spans: withSpans ? (isPage && outcome.edit ? spansOf(document, use.options as never) : []) : null,
    } // the stage's options include those
  }
}

function spansOf({ raw, url }: Omit<Document, 'position'>, options: DecideOptions): readonly PageSpan[] {
  if (raw === null) return []
  const page = typeof raw.body === 'string' ? raw.body : openPage(raw.body, raw.contentType)
  return extractWithSpans(page, { ...options, pageUrl: url }).spans
}

async function extractPage(
  terminal: Terminal,
  file: string | undefined,
  { url = '', json = false, spans = false }: CommandOptions,
  extract: Extract,
): Promise<void> {
  const name = file ?? 'stdin'
  const chunks: Buffer[] = []
  for await (const chunk of readBytes(file ?? terminal.stdin)) {
    const form = chunks.length === 0 ? formOf(chunk) : null
    if (form === 'WARC' || form === 'JSON Lines') {
      throw new ConfigError(`${name}: expected one HTML page, got ${form}: give it as extract --input FILE`)
    }
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  const page = {
    id: '',
    url,
    text: '',
    date: '',
    language: '',
    file: name,
    offset: 0,
    length: body.length,
    sub: 0,
  }
  const document = { ...page, metadata: {}, raw: { body, contentType: 'text/html' } }
  const extracted = extract(document, 0)
  if (json || spans) {
    await terminal.print(pageLine(document, extracted))
    return
  }
  const { outcome } = extracted
  const text = outcome.edit?.text ?? ''
  if (text !== '') await terminal.print(text)
  else terminal.note(`no main text${outcome.reason === '' ? '' : ` (${outcome.reason})`}`)
}

/** A line for every page in input order, empty texts included; what is no page or damaged is counted on stderr. */
async function extractFile(terminal: Terminal, path: string, extract: Extract): Promise<void> {
  const input = await openInput(path, path)
  if (input.sizeBytes === 0) terminal.say('warning', `${path}: empty, so it gives no pages`)
  let row = 0
  try {
    const form = formOf(unpackedHead(await input.read(0, Math.min(HEAD_BYTES, input.sizeBytes))))
    if (form === 'HTML')
      throw new ConfigError(`${path}: expected WARC or JSON Lines, got an HTML page: give it as extract FILE`)
    const named = /\.(jsonl|ndjson|json)(\.\w+)?$/i.test(path) ? 'JSON Lines' : 'WARC'
    const reader = (form ?? named) === 'JSON Lines' ? 'read-jsonl' : 'read-warc'
    const stage = await loadStage(reader)
    if (stage.kind !== 'read') throw new ConfigError(`${reader}: expected a stage of kind read`)
    const whole = { start: 0, end: input.sizeBytes, exact: true }
    // Its own defaults: `never` stands for their type.
    for await (const event of stage.read.read(defaultOptions(stage) as never, input, whole)) {
      if (event.kind === 'document') await terminal.print(pageLine(event.document, extract(event.document, row++)))
      else if (event.kind === 'quarantine') {
        terminal.exitCode = 1
        terminal.say('warning', asideText({ ...event, file: path, sub: 0 }))
      }
    }
  } finally {
    await input.close()
  }
}

/** What a file holds, by its first bytes; null where they don't tell. */
function formOf(head: Uint8Array): 'WARC' | 'JSON Lines' | 'HTML' | null {
  const text = Buffer.from(head.subarray(0, HEAD_BYTES))
    .toString('utf8')
    .replace(/^\ufeff?\s*/, '')
  if (text.startsWith('WARC/')) return 'WARC'
  if (/^\{\s*["}]/.test(text)) return 'JSON Lines'
  return text.startsWith('<') ? 'HTML' : null
}

/** The beginning of a gzip file unpacked, as far as it goes; other bytes as they are. */
function unpackedHead(head: Uint8Array): Uint8Array {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return head
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return new Uint8Array(0) // damaged: its reader says so, with the place
  }
}

function pageLine(document: Omit<Document, 'position'>, { outcome, spans }: Extracted): string {
  const { id, url, metadata } = document
  const { metadata: added, text, raw: _, ...changed } = outcome.edit ?? {}
  const { title, ...rest }: Record<string, unknown> = { ...metadata, ...changed, ...added }
  const head = { id, url, text: text ?? document.text, title: title ?? '' }
  const said = { reason: outcome.reason, signals: outcome.signals }
  return JSON.stringify({ ...head, ...rest, ...said, ...(spans === null ? {} : { spans }) })
}
