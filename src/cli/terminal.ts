/**
 * The two streams that a command writes to: data to stdout, everything said about the work to stderr. Text from a crawl
 * is hostile to terminals, so whatever is shown of it goes through `printable`.
 */
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { inspect } from 'node:util'

/**
 * Controls (C0, DEL, C1), bidi marks and overrides, invisible separators and fillers, tag characters and lone surrogates:
 * what could move the cursor, recolor the screen, or show a text other than it is. ZWJ and ZWNJ stay, words need them.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** One line that is safe to show: `a\u{1b}[2Jb` for a text that would clear the screen. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => SHORT[char] ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Several lines that are safe to show: as `printable`, line ends and tabs kept. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(printable).join('    '))
    .join('\n')
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

export type Level = 'info' | 'warning' | 'error'

export interface Streams {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
}

export class Terminal {
  /** What the process ends with: 0 done, 1 some shards failed, 2 config or call wrong, 130 interrupted. */
  exitCode = 0
  /** Messages are objects of JSON, one a line (`--log json`). */
  jsonMessages = false
  readonly stdin: Readable
  private readonly stdout: Writable
  private readonly stderr: Writable
  private readonly env: Streams['env']

  constructor(streams: Streams) {
    this.stdin = streams.stdin
    this.stdout = streams.stdout
    this.stderr = streams.stderr
    this.env = streams.env
  }

  /** Data, as it is. Waits while the reader at the other end is slower. */
  async write(text: string): Promise<void> {
    if (!this.stdout.write(text)) await once(this.stdout, 'drain')
  }

  /** A line of data. */
  async print(line = ''): Promise<void> {
    await this.write(`${line}\n`)
  }

  /** A line about the work. */
  note(line = ''): void {
    this.stderr.write(`${line}\n`)
  }

  /** A message about the work: a line, several for an error, or an object of JSON where that is asked for. */
  say(level: Level, text: string): void {
    if (this.jsonMessages) {
      this.note(JSON.stringify({ event: 'message', level, text }))
      return
    }
    const style = level === 'error' ? 'red' : level === 'warning' ? 'yellow' : 'dim'
    this.note(
      `${this.style(style, `${level}:`, 'stderr')} ${level === 'error' ? printableLines(text) : printable(text)}`,
    )
  }

  /** Text about the work, as it is: for bars that are drawn over. */
  draw(text: string): void {
    this.stderr.write(text)
  }

  /** True when stderr is a terminal that can be drawn on. */
  get interactive(): boolean {
    return isTerminal(this.stderr) && this.env.TERM !== 'dumb'
  }

  /** True when data goes to a person's screen, not into a file or another program. */
  get showsData(): boolean {
    return isTerminal(this.stdout)
  }

  get columns(): number {
    const { columns } = this.stderr as { columns?: number } // set on terminals only
    return columns ?? 100
  }

  /** Styles text for stdout, or for stderr with `on`. Plain when that is no terminal, or NO_COLOR is set (no-color.org). */
  style(style: Style, text: string, on: 'stdout' | 'stderr' = 'stdout'): string {
    const plain = (this.env.NO_COLOR ?? '') !== '' || this.env.TERM === 'dumb'
    if (plain || !isTerminal(this[on])) return text
    // Not util.styleText: what it does depends on the process's own stdout, and on the Node version.
    const [open, close] = inspect.colors[style] ?? [0, 0]
    return `\u001b[${open}m${text}\u001b[${close}m`
  }
}

function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true
}
