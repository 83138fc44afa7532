import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import type { LogForm } from '../../src/cli/live-line.js'
import { ProgressView, progressLine, ratesOf } from '../../src/cli/progress.js'
import { Terminal } from '../../src/cli/terminal.js'
import type { Progress } from '../../src/run/run.js'

const half: Progress = {
  pass: 1,
  passCount: 3,
  passName: 'read',
  tasksDone: 1,
  tasksTotal: 4,
  documents: 300,
  documentsKept: 100,
  bytesDone: 6_000_000,
  bytesTotal: 10_000_000,
  bytesResumed: 2_000_000,
  secondsElapsed: 2,
}

it('leaves what an earlier process did out of the rates', () => {
  const rates = ratesOf(half)
  expect(rates).toMatchObject({ documentsPerSecond: 150, bytesPerSecond: 2_000_000, done: 0.6 })
  expect(rates.secondsLeft).toBeCloseTo(2)
})

it('goes by tasks where there are no bytes', () => {
  const round = { ...half, bytesDone: 0, bytesTotal: 0, bytesResumed: 0, documents: 0 }
  expect(ratesOf(round)).toMatchObject({ done: 0.25, secondsLeft: 6 })
  expect(progressLine(round, 0)).toBe('pass 1/3 read  25 %  1/4 tasks  ETA 6.0 s')
  expect(ratesOf({ ...round, tasksTotal: 0, tasksDone: 0 })).toMatchObject({ done: 0, secondsLeft: null })
})

it('says docs/s, MB/s, kept share and ETA', () => {
  expect(progressLine(half, 0)).toBe('pass 1/3 read  60 %  150 docs/s  2.00 MB/s  kept 33.3 %  ETA 2.0 s')
  expect(progressLine(half, 10)).toContain('  ██████      60 %')
  expect(progressLine({ ...half, tasksDone: 4, bytesDone: 10_000_000 }, 0)).toContain('kept 33.3 %  2.0 s')
})

/** What stands on stderr after updates at the given times in ms. */
function shown(form: LogForm, updates: readonly [number, Progress][], quiet = false): string {
  const stderr = Object.assign(new PassThrough(), { isTTY: form === 'bars', columns: 60 })
  const terminal = new Terminal({ stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: { NO_COLOR: '1' } })
  terminal.jsonMessages = form === 'json'
  let now = 0
  const view = new ProgressView(terminal, form, quiet, () => now)
  for (const [ms, progress] of updates) {
    now = ms
    view.update(progress)
  }
  view.message('info', 'noted')
  view.message('warning', 'a\u001b[2Jb')
  view.end()
  return String(stderr.read() ?? '')
}

const second = { ...half, pass: 2, passName: 'write' }

it('prints plain lines every 30 seconds and at the end of a pass', () => {
  const lines = shown('plain', [
    [0, half],
    [10_000, half],
    [31_000, half],
    [32_000, second],
  ])
    .trimEnd()
    .split('\n')
  expect(lines.map((line) => line.slice(0, 14))).toEqual([
    'pass 1/3 read ',
    'pass 1/3 read ',
    'info: noted',
    'warning: a\\u{1',
    'pass 2/3 write',
  ])
})

it('draws a bar over the one before, no wider than the terminal', () => {
  const text = shown('bars', [
    [0, half],
    [50, half],
    [200, half],
  ])
  expect(text.split('\r\u001b[K').length - 1).toBe(2)
  for (const line of text.split(/\r\u001b\[K|\n/)) expect([...line].length).toBeLessThan(60)
})

it('gives an object a line for machines', () => {
  const lines = shown('json', [
    [0, half],
    [31_000, half],
  ])
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines[0]).toMatchObject({ event: 'progress', pass: 1, documents: 300, documentsPerSecond: 150 })
  expect(lines.at(-2)).toEqual({ event: 'message', level: 'warning', text: 'a\u001b[2Jb' })
})

it('is quiet when asked, but for warnings', () => {
  expect(
    shown(
      'plain',
      [
        [0, half],
        [40_000, half],
      ],
      true,
    ),
  ).toBe('warning: a\\u{1b}[2Jb\n')
})
