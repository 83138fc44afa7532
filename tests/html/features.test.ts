/** Features of blocks on small pages, the model's table, and the rules of the decision. */
import { describe, expect, it } from 'vitest'
import { BLOCK_MODEL } from '../../src/html/block-model.js'
import { cutBlocks } from '../../src/html/blocks.js'
import { boxesOf } from '../../src/html/boxes.js'
import { type DecideOptions, decide } from '../../src/html/decide.js'
import { FEATURE_COUNT, FEATURES, ROWS } from '../../src/html/feature-table.js'
import { fillFeatures } from '../../src/html/features.js'
import { takeSamples } from '../../src/html/samples.js'
import { release, scan } from '../../src/html/scan.js'
import { surroundingsOf } from '../../src/html/surroundings.js'
import { sumTrees, type TreeModel } from '../../src/kernels/tree-sums/reference.js'

const NAMES = FEATURES.map(([name]) => name)

/** Features by name of each block. */
function featuresOf(html: string): Record<string, number>[] {
  const tree = scan(html)
  const cut = cutBlocks(tree)
  const boxes = boxesOf(tree, cut)
  const samples = takeSamples(tree, cut)
  const around = surroundingsOf(tree, cut, boxes, samples)
  const table = new Int16Array(FEATURE_COUNT * ROWS)
  const rows: Record<string, number>[] = []
  for (let from = 0; from < cut.blocks.count; from += ROWS) {
    const to = Math.min(from + ROWS, cut.blocks.count)
    fillFeatures(tree, cut, boxes, samples, around, from, to, table)
    for (let row = 0; row < to - from; row++) {
      rows.push(Object.fromEntries(NAMES.map((name, at) => [name, table[at * ROWS + row] ?? 0])))
    }
  }
  release(tree)
  return rows
}

const HERON = 'The heron stood in the shallows until noon, and nobody on the bridge had the patience to outwait it.'
const OTTER = 'An otter was seen below the weir on Tuesday, said the lock keeper, for the first time in nine years.'

describe('features', () => {
  it('measures the block itself', () => {
    const [block] = featuresOf(`<p>${HERON} <a href=1>More</a></p>`)
    expect(block).toMatchObject({ size: HERON.length + 5, textSize: HERON.length + 1, stops: 1, commas: 1, first: 1 })
    expect(block).toMatchObject({ inParagraph: 1, inItem: 0, heading: 0, last: 0, digits: 0, uppers: 1 })
  })

  it('weighs a name by the prose that it holds', () => {
    const [aside, main] = featuresOf(`<div class="sidebar"><p>${HERON}</p></div><div><p>${OTTER}</p></div>`)
    expect(aside?.asideShare).toBeGreaterThan(100)
    expect(aside?.asideShare).toBeLessThan(150)
    expect(main?.asideShare).toBe(256)
    const [alone] = featuresOf(`<div class="sidebar"><p>${HERON}</p></div>`)
    expect(alone?.asideShare).toBe(255)
  })

  it('finds the best container and how far others are from it', () => {
    const html = `<div id=a><p>${HERON}</p><p>${OTTER}</p><p>${HERON} Twice.</p></div><div><ul><li><a href=1>Home</a></ul></div>`
    const rows = featuresOf(html)
    expect(rows.map((row) => row.mainSide)).toEqual([1, 1, 1, 2])
    expect(rows[3]?.mainUp).toBeGreaterThan(0)
    expect(rows[3]?.linkShare).toBe(255)
  })

  it('knows the heading that the title repeats, copies, and boxes that are built alike', () => {
    const teaser = (text: string) => `<div class=t1><p>${text}</p></div>`
    const html = `<title>The heron that outwaited everyone | Pond</title><h2>Elsewhere in the valley this week</h2>
      <h1>The heron that outwaited everyone</h1>${teaser(HERON)}${teaser(OTTER)}${teaser(HERON)}`
    const rows = featuresOf(html)
    expect(rows.map((row) => row.fromHeading)).toEqual([99, 100, 101, 102, 103])
    expect(rows.map((row) => row.before)).toEqual([0, 0, 0, 0, 1])
    expect(rows.map((row) => row.behind)).toEqual([0, 0, 1, 0, 0])
    expect(rows[2]?.alike1).toBe(3)
  })

  it('reads ends of sentences of other scripts, and no spaces', () => {
    const last = (text: string) => featuresOf(`<p>${text}</p>`)[0]?.last
    const stops = [
      '青鷺は昼まで浅瀬に立っていた。',
      'وقف مالك الحزين حتى الظهر؟',
      'बगुला दोपहर तक खड़ा रहा।',
      '苍鹭站到了中午！”',
      'It stood there.”',
    ]
    expect(stops.map(last)).toEqual(stops.map(() => 4))
    expect(['more to follow…', 'and so on...', '続きを読む：', 'Namely:'].map(last)).toEqual([3, 3, 2, 2])
    const spaced = featuresOf(`<p>青鷺は昼まで浅瀬に立っていた。橋の上の誰も待てなかった。</p>`)[0]
    expect(spaced).toMatchObject({ stops: 2, beyond: 64, first: 4 })
    expect(spaced?.prose).toBeGreaterThan(0)
  })

  it('does not depend on how many blocks stand in one table', () => {
    const paragraphs = Array.from({ length: 2 * ROWS + 3 }, (_, i) => `<p>${i % 9 === 0 ? '' : HERON} ${i}</p>`).join(
      '',
    )
    const rows = featuresOf(`<h2>First</h2>${paragraphs}`)
    expect(rows.length).toBe(2 * ROWS + 4)
    expect(rows[ROWS]?.toPrevHeading).toBe(99)
    expect(rows[ROWS + 1]?.prev1Text).toBe(rows[ROWS]?.textSize)
    expect(rows[50]?.toPrevHeading).toBe(49)
  })
})

describe('the model', () => {
  it('asks for the columns that there are', () => {
    expect(BLOCK_MODEL.features).toEqual(NAMES)
    expect(BLOCK_MODEL.columns.length).toBe(BLOCK_MODEL.trees * BLOCK_MODEL.depth)
    expect(BLOCK_MODEL.limits.length).toBe(BLOCK_MODEL.columns.length)
    expect(BLOCK_MODEL.leaves.length).toBe(BLOCK_MODEL.trees << BLOCK_MODEL.depth)
    expect(Math.max(...BLOCK_MODEL.columns)).toBeLessThan(FEATURE_COUNT)
  })

  it('sums the leaves that the answers lead to', () => {
    const model: TreeModel = {
      features: ['x', 'y'],
      trees: 1,
      depth: 6,
      columns: Uint8Array.of(0, 1, 0, 0, 0, 0),
      limits: Int16Array.of(10, -5, 32_767, 32_767, 32_767, 32_767),
      leaves: Int16Array.from({ length: 64 }, (_, i) => [1, 20, 300, 4000][i] ?? -9),
      scale: 1,
      bias: 7,
    }
    const table = Int16Array.of(10, 11, 10, 11, -5, -5, -4, -4)
    const sums = new Int32Array(4)
    sumTrees(model, table, 4, 4, sums)
    expect([...sums]).toEqual([8, 27, 307, 4007])
  })
})

describe('rules', () => {
  const OPTIONS: DecideOptions = { favor: 'precision', comments: false, tables: true }
  /** A model that keeps everything, so that only rules leave anything out. */
  const ALL: TreeModel = { ...BLOCK_MODEL, trees: 0, bias: 4000 }
  const NOTHING: TreeModel = { ...BLOCK_MODEL, trees: 0, bias: -1900 }

  function keptOf(html: string, options: Partial<DecideOptions> = {}, model = ALL): number[] {
    const tree = scan(html)
    const { kept } = decide(tree, cutBlocks(tree), { ...OPTIONS, ...options }, model)
    release(tree)
    return [...kept]
  }

  it('leaves out what is hidden, unless it is most of the prose', () => {
    expect(keptOf(`<p>${HERON}</p><p>${HERON}</p><div hidden><p>${OTTER}</p></div>`)).toEqual([1, 1, 0])
    expect(keptOf(`<p>Shown.</p><div hidden><p>${OTTER}</p></div>`)).toEqual([1, 1])
  })

  it('leaves out headings without text, link lists, and tables where none are wanted', () => {
    expect(keptOf(`<h2>A</h2><h3>B</h3><p>${HERON}</p><h2>C</h2>`)).toEqual([1, 1, 1, 0])
    const list = `<p>${HERON}</p><ul><li><a href=1>One</a><li><a href=2>Two</a></ul>`
    expect(keptOf(list)).toEqual([1, 0, 0])
    expect(keptOf(list, { favor: 'recall' })).toEqual([1, 1, 1])
    expect(keptOf(`<p>${HERON}</p><table><tr><td>9</table>`, { tables: false })).toEqual([1, 0])
  })

  it('keeps comments where they are asked for, and doubtful text where there is no other', () => {
    const page = `<p>${HERON}</p><p>${HERON} Twice.</p><div class="comments"><p>${OTTER}</p></div>`
    expect(keptOf(page, { comments: true }, { ...NOTHING, bias: -4000 })).toEqual([0, 0, 1])
    expect(keptOf(page, {}, NOTHING)).toEqual([1, 1, 0])
    expect(keptOf(page, {}, { ...NOTHING, bias: -4000 })).toEqual([0, 0, 0])
  })
})
