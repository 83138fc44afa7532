import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ContaminationReport, ItemRow, MatchRow } from '../../src/decontamination/report.js'
import { ConfigError } from '../../src/errors/errors.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import type { Resources, SharedTable } from '../../src/stage/stage.js'
import decontaminate from '../../stages/decontaminate.js'
import { FORMATTINGS, fileResources, story } from '../support/benchmark.js'
import { millrace } from '../support/cli.js'
import { dataFolder, dataPath } from '../support/data.js'
import { documentOf, optionsOf } from '../support/dedup.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'
import { runDigest } from '../support/run-digest.js'

type Row = Readonly<Record<string, unknown>>
type Options = ReturnType<typeof optionsOf<typeof decontaminate.options>>

/** What the stage makes of documents with these texts, and its files. */
async function decontaminated(items: readonly Row[], texts: readonly string[], over: Row = {}) {
  const options = optionsOf(decontaminate, { benchmarks: ['quiz.jsonl'], ...over })
  const resources = fileResources(items.map((item) => JSON.stringify(item)).join('\n'))
  const shared = await sharedIndex(items, options, resources)
  const documents = texts.map((text, row) => documentOf({ id: `d${row}`, url: `http://a.example/${row}`, text }))
  const { outcomes, files } = await runCorpusInMemory(
    decontaminate.corpus,
    options,
    { ...resources, shared },
    documents,
  )
  const lines = (name: string) =>
    Buffer.from(files.get(name) ?? [])
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  const [report]: ContaminationReport[] = lines('report.json')
  return { outcomes, items: lines('items.jsonl') as ItemRow[], matches: lines('matches.jsonl') as MatchRow[], report }
}

const indexes = new Map<string, readonly SharedTable[]>()

/** Made once for the same items and options. */
async function sharedIndex(items: readonly Row[], options: Options, resources: Resources) {
  const key = JSON.stringify([items, options])
  const known = indexes.get(key) ?? (await decontaminate.share?.(options, resources)) ?? []
  indexes.set(key, known)
  return known
}

/** Everyday sentences of about as many words. */
function prose(random: Random, words: number): string {
  const list =
    'the a river bank stood over green hills and far below people walked home that evening with lanterns while'
  return Array.from({ length: words }, () => random.pick(list.split(' '))).join(' ')
}

const random = new Random(8)
const ITEMS = Array.from({ length: 500 }, (_, number) => ({
  id: `q${number}`,
  bench: 'tales',
  ...story(random, number),
}))
const CLEAN = Array.from({ length: 200 }, () => prose(random, 150))

/** Every document is clean text with one item in the middle. */
function planted(copy: (text: string) => string): string[] {
  return ITEMS.map(
    ({ prompt, target }, i) => `${CLEAN[i % 200]}\n\n${copy(`${prompt}\n${target}`)}\n\n${CLEAN[(i + 7) % 200]}`,
  )
}

describe('planted items', () => {
  it.each(Object.entries(FORMATTINGS))('are all found: %s', async (_, copy) => {
    const { outcomes, items } = await decontaminated(ITEMS, [...planted(copy), ...CLEAN])
    expect(outcomes.slice(0, 500).filter((outcome) => outcome.reason !== 'contaminated')).toEqual([])
    expect(outcomes.slice(0, 500).map(({ signals }) => signals.item)).toEqual(ITEMS.map(({ id }) => id))
    expect(outcomes.slice(500).filter(({ verdict }) => verdict === 'drop')).toEqual([])
    expect(items.filter(({ status }) => status !== 'contaminated')).toEqual([])
  })

  it('with one word in thirteen changed are found by 12-grams, not by 13-grams', async () => {
    const copy = (text: string) =>
      text
        .split(' ')
        .map((word, i) => (i % 13 === 6 ? 'CHANGED' : word))
        .join(' ')
    // Words between spaces: those that hold two words of ours only make the stretches longer.
    const items = ITEMS.map((item) => ({ ...item, prompt: item.prompt.replace(/[^\p{L}\p{M}\d\s]/gu, ''), target: '' }))
    const texts = items.map(({ prompt }) => copy(prompt))
    const { items: by13 } = await decontaminated(items, texts)
    const { items: by12 } = await decontaminated(items, texts, { ngramLength: 12 })
    expect(by13.filter(({ status }) => status === 'contaminated')).toEqual([])
    expect(by12.filter(({ status }) => status !== 'contaminated')).toEqual([])
  })

  it('with one word changed at all are found, with the share that is left', async () => {
    const [item] = ITEMS
    const words = item.prompt.split(' ')
    words[20] = 'CHANGED'
    const { outcomes, matches } = await decontaminated([item], [words.join(' ')])
    const { overlap } = outcomes[0].signals
    expect(overlap).toBeGreaterThan(0.3)
    expect(overlap).toBeLessThan(0.9)
    // Side by side as one passage, the changed word in it.
    expect(matches[0].passages).toHaveLength(1)
    expect(matches[0].passages[0].document).toContain('CHANGED')
    expect(item.prompt).toContain(matches[0].passages[0].benchmark)
    expect(matches[0].passages[0].document.split(' ')).toHaveLength(matches[0].passages[0].benchmark.split(' ').length)
  })
})

const ALPHABET =
  'alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa'.split(' ')
/** Sixteen words: four 13-grams. */
const QUESTION = `${ALPHABET.join(' ')}?`
const ITEM = { id: 'abc', bench: 'letters', prompt: QUESTION }

describe('the verdict', () => {
  it('has the share of n-grams, the longest run, and spans by benchmark', async () => {
    const text = `Before. ${ALPHABET.slice(0, 14).join(' ')} after.`
    const { outcomes } = await decontaminated([ITEM], [text, 'clean'], { action: 'annotate' })
    expect(outcomes[0]).toEqual({
      verdict: 'keep',
      reason: '',
      edit: null,
      signals: { overlap: 0.5, longestRun: 14, itemCount: 1, benchmark: 'letters', item: 'abc' },
      spans: [{ start: 8, end: text.indexOf(' after'), type: 'letters', score: 0.5 }],
    })
    expect(outcomes[1]).toMatchObject({ signals: { overlap: 0, longestRun: 0, itemCount: 0 }, spans: [] })
  })

  it('drops, cuts or splits', async () => {
    const text = `Some text. "${QUESTION}" More text.`
    const becomes = async (action: string, whole = text) => {
      const { outcomes } = await decontaminated([ITEM], [whole], { action })
      return outcomes[0].verdict === 'drop' ? outcomes[0].reason : outcomes[0].edit?.text
    }
    expect(await becomes('drop')).toBe('contaminated')
    expect(await becomes('cut')).toBe('Some text. More text.')
    expect(await becomes('split')).toBe('Some text.\n\nMore text.')
    expect(await becomes('cut', `(${QUESTION})`)).toBe('contaminated')
  })

  it('cuts what stands between two runs of an item along', async () => {
    const item = { ...ITEM, target: ALPHABET.toReversed().join(' ') }
    const { outcomes } = await decontaminated([item], [`Q: ${QUESTION} Answer: ${item.target}. End.`], {
      action: 'cut',
    })
    expect(outcomes[0].edit?.text).toBe('Q: End.')
  })

  it('follows the thresholds, and tells partial items from contaminated ones', async () => {
    const text = ALPHABET.slice(0, 14).join(' ')
    const statusOf = async (over: Row) => {
      const { outcomes, items, matches } = await decontaminated([ITEM], [text], over)
      return [outcomes[0].verdict, items[0].status, matches[0].contaminates]
    }
    expect(await statusOf({ overlapMin: 0.5, longestRunMin: 14 })).toEqual(['drop', 'contaminated', true])
    expect(await statusOf({ overlapMin: 0.6 })).toEqual(['keep', 'partial', false])
    expect(await statusOf({ longestRunMin: 15 })).toEqual(['keep', 'partial', false])
  })
})

describe('common n-grams', () => {
  const instruction =
    'the following is a multiple choice question about geography please think step by step before you answer it'
  const items = Array.from({ length: 5 }, (_, i) => ({
    id: `i${i}`,
    bench: 'quiz',
    prompt: `${instruction}: ${i} ${prose(new Random(i + 10), 20)}`,
  }))

  it('in more than itemsMax items of a benchmark do not count', async () => {
    const texts = [instruction, items[2].prompt]
    const { outcomes, items: rows } = await decontaminated(items, texts)
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['keep', 'drop'])
    expect(outcomes[1].signals).toMatchObject({ overlap: 1, item: 'i2' })
    expect(rows.map(({ status }) => status)).toEqual(['clean', 'clean', 'contaminated', 'clean', 'clean'])
    const { outcomes: all } = await decontaminated(items, texts, { itemsMax: 5 })
    expect(all.map(({ verdict }) => verdict)).toEqual(['drop', 'drop'])
  })

  it('are rows of numbers too', async () => {
    const prompt = `Sum 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 15.`
    const text = Array.from({ length: 30 }, (_, i) => i).join(' ')
    const { outcomes } = await decontaminated([{ prompt }], [text, prompt])
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['keep', 'drop'])
  })

  it('are counted by benchmark: an item may stand in several', async () => {
    const twins = Array.from({ length: 6 }, (_, i) => ({ ...ITEM, bench: `b${i}` }))
    const { outcomes, report } = await decontaminated(twins, [QUESTION])
    expect(outcomes[0].signals.itemCount).toBe(6)
    expect(report.benchmarks.map(({ bench, contaminated }) => [bench, contaminated])).toEqual(
      twins.map(({ bench }) => [bench, 1]),
    )
    const { items: rows } = await decontaminated(Array(6).fill(ITEM), [QUESTION])
    expect(rows.map(({ status, ngrams }) => [status, ngrams])).toEqual(Array(6).fill(['unsearchable', 0]))
  })

  it('in more than documentsMax documents do not count', async () => {
    const texts = [...Array(4).fill(ALPHABET.slice(0, 13).join(' ')), QUESTION]
    const { outcomes } = await decontaminated([ITEM], texts, { documentsMax: 4 })
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['keep', 'keep', 'keep', 'keep', 'drop'])
    expect(outcomes[4].signals.overlap).toBe(0.75)
    const { outcomes: five } = await decontaminated([ITEM], texts, { documentsMax: 5 })
    expect(five.every(({ verdict }) => verdict === 'drop')).toBe(true)
  })
})

describe('short items', () => {
  const items = [
    { id: 'whole', prompt: 'Which river runs through Ulm?', target: 'The Danube' },
    { id: 'joined', prompt: 'Who wrote it?', target: 'Nobody knows' },
    { id: 'tiny', prompt: 'Why?', target: 'No' },
    { id: 'characters', prompt: '水的沸点是多少摄氏度' },
    { id: 'few characters', prompt: '水的沸点' },
    { id: 'hyphens', prompt: 'Is a-b c-d e-f well-formed?' },
  ]
  const foundIn = async (text: string) => {
    const { outcomes } = await decontaminated(items, [text], { action: 'annotate' })
    return outcomes[0].signals.itemCount === 0 ? null : outcomes[0].signals.item
  }

  it('are found as a whole only, by their first field or all', async () => {
    expect(await foundIn('He asked: WHICH river runs\nthrough Ulm… nobody')).toBe('whole')
    expect(await foundIn('Which river runs through Ulmenau?')).toBeNull()
    expect(await foundIn('which river runs through')).toBeNull()
    expect(await foundIn('Who wrote it? Nobody knows!')).toBe('joined')
    expect(await foundIn('Who wrote it?')).toBeNull()
    expect(await foundIn('Why? No')).toBeNull()
    expect(await foundIn('问：水的沸点，是多少摄氏度？')).toBe('characters')
    expect(await foundIn('水的沸点')).toBeNull()
    expect(await foundIn('is ab cd ef wellformed')).toBe('hyphens')
  })

  it('and texts of characters need two for a word', async () => {
    const poem = '春天的早晨孩子们沿着河岸走向学校路上的柳树刚刚发芽燕子也从南方回来了'
    const statusOf = async (text: string) => (await decontaminated([{ prompt: poem }], [text])).items[0].status
    expect(await statusOf(`他写道：${poem.slice(0, 26).replace('们', '们，\n')}。`)).toBe('contaminated')
    expect(await statusOf(`${poem.slice(0, 25)}。`)).toBe('clean')
    const item = { prompt: poem.slice(0, 25) }
    const found = async (text: string) => (await decontaminated([item], [text])).outcomes[0].signals
    expect(await found(`「${item.prompt}」`)).toMatchObject({ overlap: 1, longestRun: 12.5 })
    expect(await found(item.prompt.slice(1))).toEqual({ overlap: 0, longestRun: 0, itemCount: 0 })
  })

  it('that are too short are said to be unsearchable', async () => {
    const { items: rows, report } = await decontaminated(items, [''])
    expect(rows.filter(({ status }) => status === 'unsearchable').map(({ id }) => id)).toEqual([
      'tiny',
      'few characters',
    ])
    expect(report.benchmarks[0]).toMatchObject({
      items: 6,
      unsearchable: 2,
      contaminated: 0,
      documents: 0,
      examples: [],
    })
  })
})

describe('the report', () => {
  it('has sums by benchmark, every item, and passages side by side', async () => {
    const other = { id: 'xyz', bench: 'others', prompt: ALPHABET.toReversed().join(' ') }
    const copy = QUESTION.toUpperCase().replaceAll(' ', '\n')
    const { report, items, matches } = await decontaminated([ITEM, other], ['clean', `See ${copy}`, `${copy} again`])
    expect(matches).toEqual(
      [1, 2].map((row) => ({
        bench: 'letters',
        item: 'abc',
        document: `d${row}`,
        url: `http://a.example/${row}`,
        overlap: 1,
        longestRun: 16,
        contaminates: true,
        passages: [{ document: copy.slice(0, -1), benchmark: ALPHABET.join(' ') }],
      })),
    )
    expect(items).toEqual([
      { bench: 'letters', id: 'abc', status: 'contaminated', ngrams: 4, overlap: 1, longestRun: 16, documents: 2 },
      { bench: 'others', id: 'xyz', status: 'clean', ngrams: 4, overlap: 0, longestRun: 0, documents: 0 },
    ])
    const zero = { contaminated: 0, partial: 0, unsearchable: 0, documents: 0, overlapMean: 0, examples: [] }
    expect(report.benchmarks).toEqual([
      { bench: 'letters', ...zero, items: 1, contaminated: 1, documents: 2, overlapMean: 1, examples: matches },
      { bench: 'others', ...zero, items: 1 },
    ])
  })

  it('shows of a long passage its ends, no pair cut through', async () => {
    const long = Array.from({ length: 900 }, (_, i) => `w${i}`).join(' 😀')
    const { matches } = await decontaminated([{ ...ITEM, prompt: long }], [long])
    const [{ document, benchmark }] = matches[0].passages
    expect(document).toBe(benchmark)
    expect(document).toMatch(/^w0 .* … .* 😀w899$/u)
    expect(document.length).toBeLessThan(810)
    expect(document).not.toMatch(/[\ud800-\udfff]/u)
  })
})

describe('bad input', () => {
  it('is refused before the run', async () => {
    const options = optionsOf(decontaminate, { benchmarks: ['quiz.jsonl'] })
    const share = async (content: string, over = {}) =>
      decontaminate.share?.({ ...options, ...over }, fileResources(content))
    await expect(share('')).rejects.toThrow(ConfigError)
    await expect(share('{"prompt": "a"}\n{')).rejects.toThrow('benchmarks: quiz.jsonl:2: expected a JSON object')
    await expect(share('{"prompt": "a"}', { benchmarks: [] })).rejects.toThrow('expected at least one file')
    await expect(share('{"prompt": "a"}', { fields: [] })).rejects.toThrow('expected at least one field')
  })

  it('of any size gives defined results', async () => {
    const huge = prose(new Random(1), 8_000)
    const items = [
      { id: 'huge', prompt: huge },
      { id: 'one word', prompt: 'x'.repeat(200_000) },
      { id: 'periodic', prompt: 'ab '.repeat(10_000) },
      { id: 'numbers', prompt: '7 '.repeat(20) },
    ]
    const texts = ['x'.repeat(1_000_000), 'ab '.repeat(40_000), huge, '7 7\n'.repeat(20_000), '\ud800'.repeat(100_000)]
    const { outcomes, items: rows } = await decontaminated(items, texts, { action: 'annotate' })
    expect(outcomes.map(({ signals }) => signals.item ?? null)).toEqual([null, 'periodic', 'huge', null, null])
    expect(rows.map(({ status }) => status)).toEqual(['contaminated', 'unsearchable', 'contaminated', 'unsearchable'])
    expect(outcomes[1].signals).toMatchObject({ overlap: 1, longestRun: 40_000 })
  })
})

describe('in a run', () => {
  it('leaves its files, the same for any number of workers', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'in'))
    const texts = planted((text) => text.toUpperCase()).slice(0, 60)
    const lines = [...texts, ...CLEAN].map((text, i) => JSON.stringify({ id: String(i), text }))
    writeFileSync(join(folder, 'in/a.jsonl'), lines.slice(0, 130).join('\n'))
    writeFileSync(join(folder, 'in/b.jsonl'), lines.slice(130).join('\n'))
    writeFileSync(join(folder, 'quiz.jsonl'), ITEMS.map((item) => JSON.stringify(item)).join('\n'))
    const digests = await Promise.all(
      [1, 2].map(async (workers) => {
        const config = {
          input: { jsonl: 'in/*.jsonl' },
          stages: [{ decontaminate: { benchmarks: ['quiz.jsonl'], action: 'cut' } }],
          output: { jsonl: `run${workers}`, compression: 'none' },
          execution: { workers },
        }
        writeFileSync(join(folder, `${workers}.yaml`), JSON.stringify({ name: 'quiz', ...config }))
        const { code, stderr } = await millrace(['run', join(folder, `${workers}.yaml`)])
        expect(code, stderr).toBe(0)
        return runDigest(join(folder, `run${workers}`))
      }),
    )
    expect(digests[0]).toEqual(digests[1])
    const rows: ItemRow[] = readFileSync(join(folder, 'run1/artifacts/decontaminate/items.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row))
    expect(rows.map(({ id }) => id)).toEqual(ITEMS.map(({ id }) => id))
    // Some of the stories share a sentence; none but those planted are there in full.
    expect(rows.map(({ overlap }) => overlap === 1)).toEqual(ITEMS.map((_, i) => i < 60))
  })
})

describe.skipIf(!dataFolder)('real texts (needs MILLRACE_DATA)', () => {
  it('has no hit of real benchmarks in 3,000 clean documents', async () => {
    const lines = (path: string) =>
      gunzipSync(readFileSync(dataPath(path)))
        .toString()
        .trim()
        .split('\n')
    const items = lines('decontam/benchmarks.jsonl.gz').map((line) => JSON.parse(line))
    const texts = lines('text/corpus.jsonl.gz').map((line) => JSON.parse(line).text)
    const { outcomes, matches } = await decontaminated(items, texts)
    expect(outcomes.length).toBeGreaterThan(3000)
    expect(matches).toEqual([])
  })
})
