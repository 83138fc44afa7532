/** One line on stderr that says how far a long command is: redrawn on a terminal, now and then without one, or as JSON. */
import type { Level, Terminal } from './terminal.js'
import { clip } from './text.js'

export type LogForm = 'bars' | 'plain' | 'json'

const REDRAW_MS = 100
const PLAIN_MS = 30_000

export class LiveLine {
  private shownAt: number
  private drawn = false

  constructor(
    private readonly terminal: Terminal,
    readonly form: LogForm,
    readonly quiet: boolean,
    private readonly nowMs: () => number,
  ) {
    // Plain lines begin after an interval: what is short says only how it ended.
    this.shownAt = form === 'bars' ? Number.NEGATIVE_INFINITY : nowMs()
  }

  /** Cheap to ask often. */
  get isDue(): boolean {
    return !this.quiet && this.nowMs() - this.shownAt >= (this.form === 'bars' ? REDRAW_MS : PLAIN_MS)
  }

  /** `line` for a terminal and for plain text, `fields` for JSON; only what the form asks for is made. */
  show(fields: () => object, line: () => string): void {
    this.shownAt = this.nowMs()
    if (this.form === 'json') this.terminal.note(JSON.stringify({ event: 'progress', ...fields() }))
    else if (this.form === 'plain') this.terminal.note(line())
    else {
      this.erase()
      this.terminal.draw(clip(line(), this.terminal.columns - 1))
      this.drawn = true
    }
  }

  /** What was shown last stays. */
  keep(): void {
    if (this.form === 'bars') this.terminal.draw('\n')
    this.drawn = false
  }

  message(level: Level, text: string): void {
    if (this.quiet && level === 'info') return
    this.erase()
    this.terminal.say(level, text)
  }

  private erase(): void {
    if (this.drawn) this.terminal.draw('\r\u001b[K')
    this.drawn = false
  }
}
