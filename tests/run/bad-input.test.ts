/** Bad inputs and places: one clear message that says where, expected, got; what can be read is kept; nothing vanishes uncounted. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Finished, millrace, root } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()
let runs = 0

async function runOn(name: string, content: Uint8Array | string, output = `run-${runs++}`) {
  const place = join(folder, `input-${runs++}`)
  mkdirSync(place)
  writeFileSync(join(place, name), content)
  const config = join(place, 'config.yaml')
  writeFileSync(
    config,
    `input: { warc: '*.warc*' }\nstages: [extract-text]\noutput: { jsonl: '${join(folder, output)}', compression: none }\n`,
  )
  const finished = await millrace(['run', config, '--log', 'plain'])
  return { ...finished, run: join(folder, output) }
}

function totals(run: string) {
  return JSON.parse(readFileSync(join(run, 'ledger.json'), 'utf8')).totals
}

function record(uri: string, html: string, lengthSaid?: number): Buffer {
  const http = `HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}`
  const header =
    `WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: ${uri}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n` +
    `Content-Type: application/http; msgtype=response\r\nContent-Length: ${lengthSaid ?? Buffer.byteLength(http)}\r\n\r\n`
  return Buffer.from(`${header}${http}\r\n\r\n`)
}

const page = (words: string) =>
  `<html><head><title>T</title></head><body><article><p>${words} ${'The mill stood by the river, and its wheel turned all day. '.repeat(8)}</p></article></body></html>`

function oneLineError({ code, stderr }: Finished, exitCode: number): string {
  expect(stderr).not.toMatch(/^\s+at .*\.js:\d+/m) // no stack traces for a user's mistake
  expect(code, stderr).toBe(exitCode)
  return stderr
}

describe('files', () => {
  it('an empty WARC is a run without documents', async () => {
    const { code, run, stderr } = await runOn('empty.warc.gz', '')
    expect(code, stderr).toBe(0)
    expect(totals(run)).toMatchObject({ records: 0, documents: 0, kept: 0 })
    expect(stderr).toContain('warning: empty.warc.gz: no records: the file is empty\n')
  })

  it('a truncated gzip keeps what stands before the cut and counts the rest as damaged', async () => {
    const whole = Buffer.concat(['a', 'b', 'c'].map((n) => gzipSync(record(`http://x.example/${n}`, page(n)))))
    const { code, run, stderr } = await runOn('cut.warc.gz', whole.subarray(0, whole.length - 40))
    expect(code, stderr).toBe(0)
    expect(totals(run)).toMatchObject({ records: 3, documents: 2, kept: 2 })
    expect(Object.values(totals(run).damaged)).toEqual([1])
    expect(stderr).toMatch(/^warning: cut\.warc\.gz at [1-9]\d*: gzip-truncated: /m)
  })

  it('a record whose length lies is set aside, its neighbors are kept', async () => {
    const records = [
      record('http://x.example/1', page('one')),
      record('http://x.example/2', page('two'), 50),
      record('http://x.example/3', page('three')),
    ]
    const { code, run, stderr } = await runOn('lies.warc', Buffer.concat(records))
    expect(code, stderr).toBe(0)
    expect(totals(run).kept).toBe(2)
    expect(Object.keys(totals(run).damaged).length).toBe(1)
  })

  it('a text file named .warc.gz is one damaged stretch, with its first bytes in quarantine', async () => {
    const { code, run, stderr, stdout } = await runOn('notes.warc.gz', 'Just some notes, no archive at all.\n')
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/^warning: notes\.warc\.gz at 0: not-gzip: expected .*got .*$/m)
    expect(stdout).toMatch(/^1 set aside, with their bytes, in .*\/quarantine$/m)
    expect((await millrace(['report', run])).stdout).toMatch(
      /^set aside\n +1 {2}notes\.warc\.gz at 0: not-gzip: expected /m,
    )
    expect(totals(run)).toMatchObject({ records: 1, documents: 0, damaged: { 'not-gzip': 1 } })
    const line = JSON.parse(readFileSync(join(run, 'quarantine/00000-0.jsonl'), 'utf8'))
    expect(Buffer.from(line.bytes, 'base64').toString()).toContain('Just some notes')
    expect(line).toMatchObject({ offset: 0, length: 36, code: 'not-gzip' })
  })

  it('many damaged files are named up to five, and counted', async () => {
    const place = join(folder, 'many')
    mkdirSync(place)
    for (let n = 0; n < 7; n++) writeFileSync(join(place, `${n}.warc.gz`), 'no archive\n')
    const config = join(place, 'config.yaml')
    writeFileSync(config, `input: { warc: '*.warc.gz' }\nstages: []\noutput: { jsonl: run }\n`)
    const { code, stderr } = await millrace(['run', config, '--log', 'json'])
    const messages = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'message')
      .map(({ level, text }) => `${level} ${text}`)
    expect(code).toBe(0)
    expect(messages).toHaveLength(7)
    expect(messages[0]).toBe('warning stages: none given, so every document is kept as it is read')
    expect(messages[5]).toMatch(/^warning 4\.warc\.gz at 0: not-gzip: /)
    expect(messages[6]).toMatch(/^warning and 2 more files with damage: /)
  })

  it('a missing input names the pattern', async () => {
    const place = join(folder, 'missing')
    mkdirSync(place)
    writeFileSync(
      join(place, 'config.yaml'),
      `input: { warc: 'nowhere/*.warc.gz' }\nstages: []\noutput: { arrow: run }\n`,
    )
    expect(oneLineError(await millrace(['run', join(place, 'config.yaml')]), 2)).toContain('nowhere/*.warc.gz')
  })
})

describe('configs', () => {
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  it('a missing config is named', async () => {
    expect(oneLineError(await millrace(['run', join(folder, 'no.yaml')]), 2)).toContain('no such file')
  })

  it('an unreadable config names line and column', async () => {
    const path = write('broken.yaml', 'name: x\nstages: [a, b\n')
    expect(oneLineError(await millrace(['run', path]), 2)).toMatch(/broken\.yaml:\d+:\d+/)
  })

  it('an unknown stage names the nearest, the file and the line', async () => {
    const path = write('unknown.yaml', `input: { warc: x }\nstages:\n  - extract-txt\noutput: { arrow: run }\n`)
    const message = oneLineError(await millrace(['run', path]), 2)
    expect(message).toContain('unknown.yaml:3:5')
    expect(message).toContain('extract-text')
  })

  it('a wrong option type says what was expected', async () => {
    const path = write(
      'type.yaml',
      `input: { warc: x }\nstages:\n  - filter-gopher-quality: { wordCountMin: many }\noutput: { arrow: run }\n`,
    )
    const message = oneLineError(await millrace(['run', path]), 2)
    expect(message).toMatch(/type\.yaml:3:\d+/)
    expect(message).toMatch(/wordCountMin.*expected a number, got "many"/)
  })
})

describe('stages that find their options wrong when they are prepared', () => {
  it('end the run as a wrong config, with the line, before there is a run folder', async () => {
    const path = join(folder, 'label.yaml')
    writeFileSync(join(folder, 'one.jsonl'), '{"text": "One."}\n')
    writeFileSync(
      path,
      `input: { jsonl: one.jsonl }\nstages:\n  - detect-language: { languages: [english] }\noutput: { arrow: label }\n`,
    )
    const message = oneLineError(await millrace(['run', path]), 2)
    expect(message).toMatch(
      /label\.yaml:3:35: stages\[0\]\.detect-language\.languages: the model has no label "english"/,
    )
    expect(existsSync(join(folder, 'label'))).toBe(false)
    expect(oneLineError(await millrace(['check', path]), 2)).toBe(message)
  })
})

describe('a stage that finds the language of no document', () => {
  it('is told after the run, with what its when asked for', async () => {
    const path = join(folder, 'unmet.yaml')
    writeFileSync(join(folder, 'unmet.jsonl'), '{"text": "One.", "language": "en"}\n')
    writeFileSync(
      path,
      `input: { jsonl: unmet.jsonl }\nstages:\n  - mask-pii: { when: { language: [xx] } }\noutput: { arrow: unmet }\n`,
    )
    const { code, stderr, stdout } = await millrace(['run', path])
    expect(code).toBe(0)
    expect(stderr).toContain('warning: mask-pii: no document met its when: language: xx\n')
    expect(stdout).toMatch(/^mask-pii \(xx only\) +0 /m)
  })
})

describe('a document that a stage fails on', () => {
  it('is named after the run, and sample shows it', async () => {
    const path = join(folder, 'fails.yaml')
    writeFileSync(join(folder, 'fails.jsonl'), '{"id": "1", "text": "fine"}\n{"id": "1", "text": "THROW here"}\n')
    const stage = join(root, 'tests/fixtures/stages/hostile.mjs')
    writeFileSync(path, `input: { jsonl: fails.jsonl }\nstages: [${stage}]\noutput: { jsonl: fails }\n`)
    const { code, stderr } = await millrace(['run', path, '--allow-code'])
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/^warning: fails\.jsonl at 28: error-hostile: .*no idea what to do with this one$/m)
    const { stdout } = await millrace(['sample', join(folder, 'fails'), '--verdict', 'quarantined', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'quarantined',
      text: 'THROW here',
      message: expect.stringContaining('no idea'),
    })
  })
})

describe('a task that fails', () => {
  it('is told last, in one line, with what to do; nothing is promised of a run that is not whole', async () => {
    writeFileSync(join(folder, 'task.jsonl'), '{"text": "One."}\n')
    // Gets ready where the config is checked, and in no worker.
    const stage = `import { isMainThread } from 'node:worker_threads'
export default { kind: 'each', prepare: () => { if (!isMainThread) throw new Error('no model\\nhere'); return () => null } }`
    writeFileSync(join(folder, 'task.mjs'), stage)
    const path = join(folder, 'task.yaml')
    writeFileSync(path, `input: { jsonl: task.jsonl }\nstages: [./task.mjs]\noutput: { arrow: task }\n`)
    const finished = await millrace(['run', path, '--allow-code'])
    expect(oneLineError(finished, 1)).toMatch(
      /error: read, task 0 failed: no model\nerror: 1 task failed; .*give the same command again, and it goes on from there\n$/,
    )
    expect(finished.stdout).not.toMatch(/results in|Next:/)
  })
})

describe('sample', () => {
  it('marks near-duplicates among the first hundred, and compares nothing for JSON', async () => {
    const path = join(folder, 'alike.yaml')
    const line = `${JSON.stringify({ text: 'The mill stood by the river, and its wheel turned all day long.' })}\n`
    writeFileSync(join(folder, 'alike.jsonl'), line.repeat(110))
    writeFileSync(path, `input: { jsonl: alike.jsonl }\noutput: { arrow: alike }\n`)
    expect((await millrace(['run', path])).code).toBe(0)
    const text = await millrace(['sample', join(folder, 'alike'), '-n', '105'])
    expect(text.stdout).toContain('near-duplicate of 100. in this sample')
    expect(text.stdout).not.toContain('near-duplicate of 101. in this sample')
    expect(text.stderr).toContain('near-duplicates are marked among the first 100\n')
    const json = await millrace(['sample', join(folder, 'alike'), '-n', '105', '--json'])
    expect(json.stdout.trimEnd().split('\n')).toHaveLength(105)
    expect(json.stderr).toBe('')
  })

  it('says which reasons there are when none match, and refuses what can match nothing', async () => {
    const path = join(folder, 'reasons.yaml')
    writeFileSync(join(folder, 'reasons.jsonl'), '{"text": "same"}\n{"text": "same"}\n{"text": "other"}\n')
    writeFileSync(path, `input: { jsonl: reasons.jsonl }\nstages: [dedup-exact]\noutput: { arrow: reasons }\n`)
    expect((await millrace(['run', path])).code).toBe(0)
    const run = join(folder, 'reasons')
    const none = await millrace(['sample', run, '--reason', 'nope'])
    expect(none).toMatchObject({ code: 0, stdout: '' })
    expect(none.stderr).toContain('reasons in this run:\n  dedup-exact: duplicateText 1\n')
    const contrary = await millrace(['sample', run, '--verdict', 'kept', '--stage', 'dedup-exact'])
    expect(oneLineError(contrary, 2)).toContain('--verdict kept: kept documents have neither stage nor reason')
  })
})

describe('places', () => {
  it('a folder that holds something else is left alone', async () => {
    mkdirSync(join(folder, 'precious'))
    writeFileSync(join(folder, 'precious/thesis.txt'), 'x')
    const message = oneLineError(await runOn('e.warc.gz', '', 'precious'), 2)
    expect(message).toMatch(/precious is not a run folder: it holds thesis\.txt/)
    expect(readFileSync(join(folder, 'precious/thesis.txt'), 'utf8')).toBe('x')
  })

  it('a file in the place of the run folder is named', async () => {
    writeFileSync(join(folder, 'taken'), 'x')
    expect(oneLineError(await runOn('e.warc.gz', '', 'taken'), 2)).toMatch(/taken.*got a file/)
  })

  const mounted = process.getuid?.() === 0 && canMount()

  it.skipIf(!mounted)(
    'a full disk ends the run with one message, and it goes on when there is room (needs mount)',
    async () => {
      const disk = join(folder, 'disk')
      mkdirSync(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', disk])
      try {
        const words = Array.from({ length: 60_000 }, (_, i) => ((i * 2654435761) >>> 7).toString(36)).join(' ')
        const warc = Buffer.concat([record('http://x.example/1', `<p>${words}. And so on, it went.</p>`)])
        const full = await runOn('big.warc', warc, 'disk/run')
        expect(oneLineError(full, 1)).toMatch(/the disk is full \(ENOSPC\)/)
        execFileSync('mount', ['-o', 'remount,size=20m', disk])
        const again = await millrace(['run', join(folder, `input-${runs - 1}`, 'config.yaml'), '--log', 'plain'])
        expect(again.code, again.stderr).toBe(0)
        expect(totals(join(disk, 'run')).kept).toBe(1)
      } finally {
        execFileSync('umount', [disk])
      }
    },
  )

  it.skipIf(!mounted)('a read-only output folder is said before any work (needs mount)', async () => {
    const disk = join(folder, 'readonly')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk])
    try {
      expect(oneLineError(await runOn('e.warc.gz', '', 'readonly/run'), 2)).toMatch(/read-only file system \(EROFS\)/)
    } finally {
      execFileSync('umount', [disk])
    }
  })

  it.skipIf(process.getuid?.() === 0)(
    'a folder without permission is said before any work (needs a user who is not root)',
    async () => {
      mkdirSync(join(folder, 'locked'))
      chmodSync(join(folder, 'locked'), 0o500)
      expect(oneLineError(await runOn('e.warc.gz', '', 'locked/run'), 2)).toContain('permission denied')
    },
  )
})

function canMount(): boolean {
  const place = join(root, 'dist')
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', place], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
