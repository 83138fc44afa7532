import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { printable, printableLines, Terminal } from '../../src/cli/terminal.js'

describe('printable', () => {
  it.each([
    ['plain text, ünïcode, 日本語, 👩‍🔬', 'plain text, ünïcode, 日本語, 👩‍🔬'],
    ['\u001b[2J\u001b]0;title\u0007', '\\u{1b}[2J\\u{1b}]0;title\\u{7}'],
    ['a\u0000b\u007fc\u009bd', 'a\\u{0}b\\u{7f}c\\u{9b}d'],
    ['one\ntwo\r\tthree', 'one\\ntwo\\r\\tthree'],
    ['https://a.example/\u202egpj.exe', 'https://a.example/\\u{202e}gpj.exe'],
    ['\u061c\u200e\u200f\u202a\u2066\u2069', '\\u{61c}\\u{200e}\\u{200f}\\u{202a}\\u{2066}\\u{2069}'],
    ['\u2028\u2029\ufeff\u200b', '\\u{2028}\\u{2029}\\u{feff}\\u{200b}'],
    ['\ud800x\udc00', '\\u{d800}x\\u{dc00}'],
    ['\u{e0041}\u{e007f}', '\\u{e0041}\\u{e007f}'],
    ['می‌خواهم', 'می‌خواهم'],
  ])('%j', (text, expected) => {
    expect(printable(text)).toBe(expected)
  })

  it('leaves no character behind that it escapes', () => {
    const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('')
    const shown = printable(all)
    expect(printable(shown)).toBe(shown)
    expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  })
})

it('printableLines keeps line ends, and tabs as spaces', () => {
  expect(printableLines('a\tb\r\nc\u001b[0m\n')).toBe('a    b\nc\\u{1b}[0m\n')
})

describe('Terminal', () => {
  function terminal(isTTY: boolean, env: Record<string, string>) {
    const stream = () => Object.assign(new PassThrough(), { isTTY })
    return new Terminal({ stdin: new PassThrough(), stdout: stream(), stderr: stream(), env })
  }

  it('colors on terminals only, and not with NO_COLOR or TERM=dumb', () => {
    expect(terminal(true, {}).style('red', 'x')).toBe('\u001b[31mx\u001b[39m')
    expect(terminal(false, {}).style('red', 'x')).toBe('x')
    expect(terminal(true, { NO_COLOR: '1' }).style('red', 'x')).toBe('x')
    expect(terminal(true, { NO_COLOR: '' }).style('red', 'x')).toBe('\u001b[31mx\u001b[39m')
    expect(terminal(true, { TERM: 'dumb' }).style('red', 'x')).toBe('x')
  })

  it('draws on terminals only', () => {
    expect(terminal(true, {}).interactive).toBe(true)
    expect(terminal(false, {}).interactive).toBe(false)
    expect(terminal(true, { TERM: 'dumb' }).interactive).toBe(false)
  })

  it('waits for a slow reader', async () => {
    const stdout = new PassThrough({ highWaterMark: 4 })
    const slow = new Terminal({ stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: {} })
    let written = false
    const writing = slow.write('more than four').then(() => {
      written = true
    })
    await new Promise((done) => setImmediate(done))
    expect(written).toBe(false)
    stdout.resume()
    await writing
    expect(written).toBe(true)
  })
})
