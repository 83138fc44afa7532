import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PageSpan } from '../../src/html/extract.js'
import { stageNames } from '../../src/run/stage-loader.js'
import { call } from '../support/command-line.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()
const stages = resolve(import.meta.dirname, '../fixtures/stages')
const letters = join(stages, 'count-letters.js')

function lines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

describe('millrace', () => {
  it('has help with examples for every command', async () => {
    const { code, stdout } = await call(['--help'])
    expect(code).toBe(0)
    const names = [...stdout.matchAll(/^ {2}([a-z]+)(?: \[| <| {2})/gm)].map((match) => match[1])
    for (const name of ['run', 'check', 'stages', 'apply', 'extract', 'sample', 'report', 'schema', 'completion']) {
      expect(names).toContain(name)
      const help = await call([name, '--help'])
      expect(help.code).toBe(0)
      expect(help.stdout).toMatch(/\nExamples?:\n {2}.*millrace /)
    }
  })

  it.each([
    [['sampel', 'x'], /unknown command 'sampel'\n\(Did you mean sample\?\)/],
    [['run'], /missing required argument/],
    [['run', 'x', '--wrkers', '2'], /unknown option '--wrkers'/],
    [['run', 'x', '--workers', 'two'], /whole number of at least 1/],
    [['run', 'x', '--log', 'xml'], /Allowed choices are bars, plain, json/],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await call(args)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it.each([['run'], ['check']])('%s says that a config is missing', async (command) => {
    const { code, stderr } = await call([command, 'none.yaml'])
    expect(stderr).toBe(`error: none.yaml: no such file (looked in ${process.cwd()})\n`)
    expect(code).toBe(2)
  })

  it('check warns of what is probably not meant', async () => {
    const file = join(folder, 'odd.yaml')
    const ends = `input: { warc: ${resolve(import.meta.dirname, '../../samples')}/*.warc.gz }\noutput: { arrow: b }\n`
    writeFileSync(file, `${ends}stages:\n`)
    const none = await call(['check', file])
    expect(none).toMatchObject({
      code: 0,
      stderr: 'warning: stages: none given, so every document is kept as it is read\n',
    })
    const stages = [
      'filter-c4-quality: { when: { language: [en] } }',
      'detect-language: {}',
      'mask-pii: { when: { language: [english] } }',
    ]
    writeFileSync(file, `${ends}stages:\n${stages.map((stage) => `  - ${stage}\n`).join('')}`)
    expect((await call(['check', file])).stderr.trimEnd().split('\n')).toEqual([
      'warning: filter-c4-quality: when: stands before any stage that finds the language: may match no document',
      'warning: mask-pii: when: language: expected codes, as en or deu, got english: may match no document',
    ])
    const early = ['train-tokenizer', 'tokenize: { tokenizer: { from: train-tokenizer } }', 'mask-pii']
    writeFileSync(file, `${ends}stages:\n${early.map((stage) => `  - ${stage}\n`).join('')}`)
    expect((await call(['check', file])).stderr).toBe(
      'warning: tokenize: stands before mask-pii, so its shards hold what that masks\n',
    )
    writeFileSync(file, `${ends}stages:\n  - detect-language\n  - mask-pii: { when: { language: [en] } }\n`)
    expect((await call(['check', file])).stderr).toBe('')
  })

  it('gives every line on stderr as JSON under --log json', async () => {
    const { code, stderr } = await call(['run', 'none.yaml', '--log', 'json'])
    expect(lines(stderr)).toEqual([{ event: 'message', level: 'error', text: expect.stringContaining('no such file') }])
    expect(code).toBe(2)
  })

  it('escapes what a config holds', async () => {
    const file = join(folder, 'hostile.yaml')
    writeFileSync(file, 'stages: ["\\e[2J\\u202e"]\ninput: {warc: a}\noutput: {arrow: b}\n')
    const { stderr } = await call(['check', file])
    expect(stderr).toContain(': unknown stage')
    expect(stderr).not.toMatch(/[\u001b\u202e]/)
  })
})

describe('stages', () => {
  it('lists every stage', async () => {
    const { stdout } = await call(['stages'])
    for (const name of stageNames()) expect(stdout).toContain(`${name} `)
  })

  it('gives declarations as JSON', async () => {
    const all = JSON.parse((await call(['stages', '--json'])).stdout)
    expect(all.map((stage: { name: string }) => stage.name)).toEqual(stageNames())
    const one = JSON.parse((await call(['stages', 'dedup-minhash', '--json'])).stdout)
    expect(one.options).toContainEqual({
      name: 'similarityMin',
      type: 'number',
      default: '0.7',
      unit: '',
      bounds: '0 to 1',
      meaning: expect.any(String),
    })
  })

  it('names the nearest one', async () => {
    const { code, stderr } = await call(['stages', 'dedup-minhsh'])
    expect(stderr).toContain('unknown stage dedup-minhsh; nearest: dedup-minhash')
    expect(code).toBe(2)
  })
})

describe('apply', () => {
  const input = '{"text":"abc","n":1}\nnope\n\n{"n":2}\n{"id":"x","text":"abcdefgh\u2028\\ud800","url":"u"}'

  it('gives a line for every line in order, with the input fields', async () => {
    const { code, stdout } = await call(['apply', letters, '--allow-code'], input)
    expect(lines(stdout)).toEqual([
      { text: 'abc', n: 1, verdict: 'drop', reason: 'letterCount', signals: { letterCount: 3 }, spans: [] },
      { line: 2, error: expect.stringMatching(/^json: expected a JSON object: /) },
      { line: 4, error: 'text-missing: expected a field text or html, got neither' },
      {
        id: 'x',
        text: 'abcdefgh\u2028\ud800',
        url: 'u',
        verdict: 'keep',
        reason: '',
        signals: { letterCount: 8 },
        spans: [],
      },
    ])
    expect(code).toBe(1)
  })

  it('takes options', async () => {
    const { code, stdout } = await call(
      ['apply', letters, '--allow-code', '--set', 'letterCountMin=3'],
      '{"text":"abc"}\n',
    )
    expect(lines(stdout)[0]).toMatchObject({ verdict: 'keep' })
    expect(code).toBe(0)
  })

  it('asks before it runs code', async () => {
    const { code, stderr } = await call(['apply', letters], '')
    expect(stderr).toMatch(/allow that with --allow-code/)
    expect(code).toBe(2)
  })

  it('runs corpus stages, and writes the pairs', async () => {
    const words = 'the miller opened the gate at dawn and let the water in over the old wheel of the mill'
    const texts = [words, `${words} again`, 'something else that shares no run of five words with the others at all']
    const file = join(folder, 'in.jsonl')
    writeFileSync(file, texts.map((text, at) => `${JSON.stringify({ id: `d${at}`, text })}\n`).join(''))
    const pairs = join(folder, 'pairs.jsonl')
    const { code, stdout } = await call(['apply', 'dedup-minhash', '--input', file, '--pairs', pairs])
    expect(lines(stdout).map(({ id, verdict }) => [id, verdict])).toEqual([
      ['d0', 'keep'],
      ['d1', 'drop'],
      ['d2', 'keep'],
    ])
    // 19 words give 15 shingles, one word more gives one more: 15 of 16.
    expect(lines(readFileSync(pairs, 'utf8'))).toEqual([{ a: 'd0', b: 'd1', similarity: 15 / 16 }])
    expect(code).toBe(0)
  })

  it('has no pairs for stages that compare nothing', async () => {
    const { code, stderr } = await call(['apply', letters, '--allow-code', '--pairs', 'p'], '')
    expect(stderr).toContain('gives no pairs')
    expect(code).toBe(2)
  })

  it('keeps verdicts beside their lines when a line before them gives no document', async () => {
    const input = '{"id":"a","text":"same words"}\nbroken\n{"id":"b","text":"other"}\n{"id":"c","text":"same words"}\n'
    const { code, stdout } = await call(['apply', 'dedup-exact'], input)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ id, line, verdict, error }) => [id ?? line, verdict ?? error.slice(0, 5)])).toEqual([
      ['a', 'keep'],
      [2, 'json:'],
      ['b', 'keep'],
      ['c', 'drop'],
    ])
    expect(code).toBe(1)
  })

  it('reads lines as read-jsonl does: a byte order mark, nested metadata, ids that are numbers', async () => {
    const line = '\ufeff{"id":7,"text":"abcdef","metadata":{"a":{"b":1}}}\n'
    const { code, stdout } = await call(['apply', letters, '--allow-code'], line)
    expect(lines(stdout)).toMatchObject([{ id: 7, verdict: 'keep', metadata: { a: { b: 1 } } }])
    expect(code).toBe(0)
    const deep = `{"text":"x","metadata":{"a":${'['.repeat(200)}${']'.repeat(200)}}}`
    expect(lines((await call(['apply', letters, '--allow-code'], deep)).stdout)[0].error).toMatch(/^json-depth: /)
  })

  it('names the stage and its options without a list that nobody wrote', async () => {
    const unknown = await call(['apply', 'dedup-minhsh'], '')
    expect(unknown.stderr).toMatch(/^error: dedup-minhsh: unknown stage; nearest: dedup-minhash /)
    const option = await call(['apply', 'dedup-exact', '--set', 'bye=[]'], '')
    expect(option.stderr).toBe('error: --set bye=[]: dedup-exact.bye: unknown key; nearest: by\n')
  })

  it('says before any work that pairs have no place', async () => {
    const { code, stdout, stderr } = await call(
      ['apply', 'dedup-minhash', '--pairs', join(folder, 'nowhere/pairs.jsonl')],
      '{"text":"a"}\n',
    )
    expect(stderr).toMatch(/^error: --pairs: can't write .*nowhere\/pairs\.jsonl: no such file or folder/)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it('is refused for the two ends', async () => {
    expect((await call(['apply', 'read-warc'], '')).code).toBe(2)
  })
})

describe('extract', () => {
  const prose =
    'The miller opened the gate at dawn, and the water came down the race as it had for two hundred years. '.repeat(6)
  const html = `<html><body><nav><a href=/>Home</a></nav><article><h1>The mill</h1><p>${prose}</p><p>${prose}</p></article></body></html>`

  it('prints the main text of a page from stdin', async () => {
    const { code, stdout } = await call(['extract'], html)
    expect(stdout).toContain('The miller opened the gate at dawn')
    expect(stdout).not.toContain('<p>')
    expect(code).toBe(0)
  })

  it('gives a line a page of JSON Lines, empty text included', async () => {
    const file = join(folder, 'pages.jsonl')
    writeFileSync(
      file,
      `${JSON.stringify({ id: 'a', url: 'https://a.example/', html })}\n${JSON.stringify({ id: 'b', html: '<p>' })}\n`,
    )
    const { stdout } = await call(['extract', '--input', file])
    const [a, b, ...rest] = lines(stdout)
    expect(rest).toEqual([])
    expect(Object.keys(a).slice(0, 4)).toEqual(['id', 'url', 'text', 'title'])
    expect(a).toMatchObject({ id: 'a', url: 'https://a.example/', text: expect.stringContaining('The miller') })
    expect(b).toMatchObject({ id: 'b', text: '' })
  })

  it('names the other form when a page is given as a file of pages, or the other way round', async () => {
    const page = join(folder, 'page.html')
    writeFileSync(page, `\n${html}`)
    const pages = await call(['extract', '--input', page])
    expect(pages.stderr).toContain('page.html: expected WARC or JSON Lines, got an HTML page: give it as extract FILE')
    expect(pages.code).toBe(2)
    const warc = resolve(import.meta.dirname, '../../samples/crawl-00.warc.gz')
    const one = await call(['extract', warc])
    expect(one.stderr).toContain('crawl-00.warc.gz: expected one HTML page, got WARC: give it as extract --input FILE')
    expect(one).toMatchObject({ code: 2, stdout: '' })
    expect((await call(['extract'], '{"html":"<p>"}\n')).stderr).toContain(
      'stdin: expected one HTML page, got JSON Lines',
    )
  })

  it('reads a file of pages by its content, whatever its name', async () => {
    const file = join(folder, 'pages.txt')
    writeFileSync(file, `${JSON.stringify({ id: 'a', html })}\n`)
    expect(lines((await call(['extract', '--input', file])).stdout)).toMatchObject([{ id: 'a' }])
  })

  it('refuses an unknown engine', async () => {
    const { code, stderr } = await call(['extract', '--engine', 'redability'], html)
    expect(stderr).toMatch(/--set engine=redability: .*engine: expected one of /)
    expect(code).toBe(2)
  })

  it('writes Markdown, and one page with its metadata', async () => {
    const page = html
      .replace('<html>', '<html lang=en>')
      .replace('</p></article>', ' <a href="/b">See</a> it.</p></article>')
    const { stdout } = await call(['extract', '--format', 'markdown', '--links', '--url', 'https://m.example/a'], page)
    expect(stdout).toMatch(/^# The mill\n\nThe miller .*\n\n.*\[See\]\(https:\/\/m\.example\/b\) it\.\n$/)
    const json = await call(['extract', '--json', '--url', 'https://m.example/a'], page)
    expect(lines(json.stdout)).toMatchObject([{ url: 'https://m.example/a', language: 'en', reason: '' }])
  })

  it('says where in the page the text stands', async () => {
    const [page] = lines((await call(['extract', '--spans'], html)).stdout) as { text: string; spans: PageSpan[] }[]
    const [span] = page?.spans ?? []
    expect(page?.text.slice(span?.start, span?.end)).toBe('The mill')
    expect(html.slice(span?.htmlStart, span?.htmlEnd)).toBe('The mill')
    const { code, stderr } = await call(['extract', '--spans', '--engine', 'readability'], html)
    expect(stderr).toContain('extract --spans: expected engine millrace and format text, got readability and text')
    expect(code).toBe(2)
  })

  it('says when a file is not there', async () => {
    expect((await call(['extract', 'none.html'])).code).toBe(2)
    const { code, stderr } = await call(['extract', '--input', join(folder, 'none.warc.gz')])
    expect(stderr).toContain('none.warc.gz')
    expect(code).toBeGreaterThan(0)
  })
})

describe('sample and report', () => {
  it.each(['sample', 'report'])('%s says when there is no run', async (command) => {
    const { code, stderr } = await call([command, join(folder, 'no-run')])
    expect(stderr).toMatch(/no-run: no such run folder/)
    expect(code).toBe(2)
    mkdirSync(join(folder, 'empty'), { recursive: true })
    expect((await call([command, join(folder, 'empty')])).stderr).toMatch(/not a run folder: it has no manifest\.json/)
    mkdirSync(join(folder, 'half'), { recursive: true })
    writeFileSync(join(folder, 'half/manifest.json'), '{}')
    expect((await call([command, join(folder, 'half')])).stderr).toMatch(/the run is not finished/)
  })
})

describe('schema', () => {
  it('is what configs/millrace.schema.json holds: make it anew with `millrace schema`', async () => {
    const { stdout } = await call(['schema'])
    expect(
      JSON.parse(readFileSync(resolve(import.meta.dirname, '../../configs/millrace.schema.json'), 'utf8')),
    ).toEqual(JSON.parse(stdout))
  })

  it('knows stages, options, bounds and defaults', async () => {
    const schema = JSON.parse((await call(['schema'])).stdout)
    expect(Object.keys(schema.properties)).toEqual(['name', 'seed', 'input', 'stages', 'output', 'execution'])
    expect(schema.required).toEqual(['input', 'output'])
    const [names, , uses] = schema.properties.stages.items.anyOf
    expect(names.enum).toContain('dedup-minhash')
    expect(names.enum).not.toContain('read-warc')
    expect(uses).toMatchObject({ additionalProperties: false, minProperties: 1, maxProperties: 1 })
    const [minhash] = uses.properties['dedup-minhash'].anyOf
    expect(minhash.additionalProperties).toBe(false)
    expect(minhash.properties.similarityMin).toMatchObject({ type: 'number', minimum: 0, maximum: 1, default: 0.7 })
  })
})

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])(
    '%s: names every command and its options, and the shell can read it',
    async (shell) => {
      const { code, stdout } = await call(['completion', shell])
      expect(code).toBe(0)
      for (const word of ['run', 'apply', 'report', 'fresh', 'verdict', 'dedup-minhash']) expect(stdout).toContain(word)
      const path = `/usr/bin/${shell}`
      if (existsSync(path))
        expect(spawnSync(path, ['-n'], { input: stdout, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
    },
  )

  it('completes in bash', async () => {
    const { stdout } = await call(['completion', 'bash'])
    const ask = (words: string, at: number) => {
      const script = `${stdout}\nCOMP_WORDS=(${words}); COMP_CWORD=${at}; _millrace; echo "\${COMPREPLY[@]}"`
      return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim()
    }
    expect(ask('millrace st', 1)).toBe('stages')
    expect(ask('millrace run --fr', 2)).toBe('--fresh')
    expect(ask('millrace run x --log p', 4)).toBe('plain')
    expect(ask('millrace apply dedup-m', 2)).toBe('dedup-minhash')
  })
})
