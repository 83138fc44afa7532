/**
 * How a run is going, on stderr: bars on a terminal, plain lines every 30 seconds without one, or one JSON object a line.
 */
import type { Progress } from '../run/run.js'
import { LiveLine, type LogForm } from './live-line.js'
import type { Level, Terminal } from './terminal.js'
import { barText, bytesText, countText, durationText, shareText } from './text.js'

const BAR_CELLS = 24

export interface Rates {
  readonly documentsPerSecond: number
  readonly bytesPerSecond: number
  /** Seconds to the end of the pass by bytes, else by tasks; null before there is anything to go by. */
  readonly secondsLeft: number | null
  /** Share of the pass that is done, 0 to 1. */
  readonly done: number
}

export function ratesOf(progress: Progress): Rates {
  const { bytesDone, bytesTotal, bytesResumed, tasksDone, tasksTotal, secondsElapsed, documents } = progress
  const done = bytesTotal > 0 ? bytesDone / bytesTotal : tasksTotal > 0 ? tasksDone / tasksTotal : 0
  const before = bytesTotal > 0 ? bytesResumed / bytesTotal : 0
  const perSecond = (n: number) => (secondsElapsed > 0 ? n / secondsElapsed : 0)
  return {
    documentsPerSecond: perSecond(documents),
    bytesPerSecond: perSecond(bytesDone - bytesResumed),
    secondsLeft: done > before && secondsElapsed > 0 ? (secondsElapsed * (1 - done)) / (done - before) : null,
    done: Math.min(1, done),
  }
}

/** `pass 1/3 read  ████▌  31 %  1,204 docs/s  4.1 MB/s  kept 71.0 %  ETA 2:05 min`, without the bar for `cells` 0. */
export function progressLine(progress: Progress, cells: number): string {
  const rates = ratesOf(progress)
  const parts = [`pass ${progress.pass}/${progress.passCount} ${progress.passName}`]
  if (cells > 0) parts.push(barText(rates.done, cells).padEnd(cells))
  parts.push(`${Math.floor(rates.done * 100)} %`)
  if (progress.documents > 0) {
    parts.push(`${countText(rates.documentsPerSecond)} docs/s`, `${bytesText(Math.round(rates.bytesPerSecond))}/s`)
    parts.push(`kept ${shareText(progress.documentsKept, progress.documents)}`)
  } else parts.push(`${progress.tasksDone}/${progress.tasksTotal} tasks`)
  const finished = progress.tasksDone >= progress.tasksTotal
  if (finished) parts.push(durationText(progress.secondsElapsed))
  else if (rates.secondsLeft !== null) parts.push(`ETA ${durationText(rates.secondsLeft)}`)
  return parts.join('  ')
}

export class ProgressView {
  private last: Progress | null = null
  private readonly line: LiveLine

  constructor(terminal: Terminal, form: LogForm, quiet: boolean, nowMs: () => number) {
    this.line = new LiveLine(terminal, form, quiet, nowMs)
  }

  /** Cheap to call often: shows only what is due. */
  update(progress: Progress): void {
    if (this.last && this.last.pass !== progress.pass) this.endPass()
    this.last = progress
    if (this.line.isDue) this.show(progress)
  }

  message(level: Level, text: string): void {
    this.line.message(level, text)
  }

  /** Shows how the last pass ended. */
  end(): void {
    this.endPass()
    this.last = null
  }

  private endPass(): void {
    if (this.last === null || this.line.quiet) return
    this.show(this.last)
    this.line.keep()
  }

  private show(progress: Progress): void {
    const cells = this.line.form === 'bars' ? BAR_CELLS : 0
    this.line.show(
      () => ({ ...progress, ...ratesOf(progress) }),
      () => progressLine(progress, cells),
    )
  }
}
