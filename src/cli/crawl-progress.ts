/** How a crawl is going, on stderr, in the forms of `progress.ts`; and its summary. */
import type { CrawlProgress, CrawlSummary } from '../crawl/crawl.js'
import type { LogForm } from './progress.js'
import { type Level, printable, type Terminal } from './terminal.js'
import { bytesText, clip, countText, durationText, plural, tableLines } from './text.js'

const REDRAW_MS = 100
const PLAIN_MS = 30_000

/** `1,204 stored  38.1 MB  12.4 pages/s  310 kB/s  8 requests  3 hosts  5,120 queued  2:05 min` */
export function crawlLine(progress: CrawlProgress): string {
  const { stored, bytes, active, hosts, queued, secondsElapsed } = progress
  const { pagesPerSecond, bytesPerSecond } = crawlRates(progress)
  return [
    `${countText(stored)} stored`,
    bytesText(bytes),
    `${pagesPerSecond.toFixed(pagesPerSecond < 100 ? 1 : 0)} pages/s`,
    `${bytesText(Math.round(bytesPerSecond))}/s`,
    plural(active, 'request'),
    plural(hosts, 'host'),
    `${countText(queued)} queued`,
    durationText(secondsElapsed),
  ].join('  ')
}

export function crawlRates({ stored, storedBefore, bytes, bytesBefore, secondsElapsed }: CrawlProgress) {
  const perSecond = (n: number) => (secondsElapsed > 0 ? n / secondsElapsed : 0)
  return { pagesPerSecond: perSecond(stored - storedBefore), bytesPerSecond: perSecond(bytes - bytesBefore) }
}

export class CrawlView {
  private last: CrawlProgress | null = null
  private shownAt: number
  private drawn = false

  constructor(
    private readonly terminal: Terminal,
    private readonly form: LogForm,
    private readonly quiet: boolean,
    private readonly nowMs: () => number,
  ) {
    // Plain lines begin after an interval: short crawls say only how they ended.
    this.shownAt = form === 'bars' ? Number.NEGATIVE_INFINITY : nowMs()
  }

  /** Cheap to call often: shows only what is due. */
  update(progress: CrawlProgress): void {
    this.last = progress
    if (this.quiet) return
    if (this.nowMs() - this.shownAt >= (this.form === 'bars' ? REDRAW_MS : PLAIN_MS)) this.show(progress)
  }

  message(level: Level, text: string): void {
    this.erase()
    this.terminal.say(level, text)
  }

  /** Shows how it ended. */
  end(): void {
    if (this.last === null || this.quiet) return
    this.show(this.last)
    if (this.form === 'bars') this.terminal.draw('\n')
    this.drawn = false
  }

  private show(progress: CrawlProgress): void {
    this.shownAt = this.nowMs()
    if (this.form === 'json') {
      this.terminal.note(JSON.stringify({ event: 'progress', ...progress, ...crawlRates(progress) }))
    } else if (this.form === 'plain') this.terminal.note(crawlLine(progress))
    else {
      this.erase()
      this.terminal.draw(clip(crawlLine(progress), this.terminal.columns - 1))
      this.drawn = true
    }
  }

  private erase(): void {
    if (this.drawn) this.terminal.draw('\r\u001b[K')
    this.drawn = false
  }
}

const ENDS: Readonly<Record<CrawlSummary['end'], string>> = {
  done: 'nothing is left to be fetched',
  pages: 'stopped at budget.pages',
  bytes: 'stopped at budget.bytes',
  seconds: 'stopped at budget.seconds',
  interrupted: 'interrupted',
}

/** What the counters say, by what they count. */
const GROUPS: readonly (readonly [prefix: string, title: string])[] = [
  ['stored.', 'stored'],
  ['cut.', 'of these cut off'],
  ['notRead.', 'of these not read for links'],
  ['skipped.', 'not stored'],
  ['failed.', 'failed'],
  ['retries.', 'tried again'],
  ['left.', 'links left out'],
]

export function summaryLines(summary: CrawlSummary): string[] {
  const { counters, stored, bytes, hosts, queued, seconds, end, round, resumed } = summary
  const rows = GROUPS.flatMap(([prefix, title]) => {
    const parts = Object.entries(counters)
      .filter(([name]) => name.startsWith(prefix))
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    const sum = parts.reduce((total, [, count]) => total + count, 0)
    const shown = parts.map(([name, count]) => `${printable(name.slice(prefix.length))} ${countText(count)}`)
    return sum === 0 ? [] : [[title, countText(sum), shown.join(', ')]]
  })
  const whole = `${plural(stored, 'answer')} stored, ${bytesText(bytes)} received from ${plural(hosts, 'host')}`
  const times = `${durationText(seconds)}${resumed ? ' (resumed)' : ''}${round > 1 ? `, round ${round}` : ''}`
  return [whole, ...tableLines(rows, [1]), `${times}; ${ENDS[end]}${queued > 0 ? `; ${countText(queued)} queued` : ''}`]
}
