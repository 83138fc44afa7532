/** How a crawl is going, on stderr, in the forms of `progress.ts`; and its summary. */
import type { CrawlProgress, CrawlSummary } from '../crawl/crawl.js'
import { LiveLine, type LogForm } from './live-line.js'
import { type Level, printable, type Terminal } from './terminal.js'
import { bytesText, countText, durationText, plural, tableLines } from './text.js'

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
  private readonly line: LiveLine

  constructor(terminal: Terminal, form: LogForm, quiet: boolean, nowMs: () => number) {
    this.line = new LiveLine(terminal, form, quiet, nowMs)
  }

  /** Cheap to call often: shows only what is due. */
  update(progress: CrawlProgress): void {
    this.last = progress
    if (this.line.isDue) this.show(progress)
  }

  message(level: Level, text: string): void {
    this.line.message(level, text)
  }

  /** Shows how it ended. */
  end(): void {
    if (this.last === null || this.line.quiet) return
    this.show(this.last)
    this.line.keep()
  }

  private show(progress: CrawlProgress): void {
    this.line.show(
      () => ({ ...progress, ...crawlRates(progress) }),
      () => crawlLine(progress),
    )
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
