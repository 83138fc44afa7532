/**
 * Blocks of labelled pages with their features, for train.py: what the decision of the built engine sees, nothing else.
 *
 *     npm run build && node scripts/main-text/blocks.js PAGES.jsonl.gz OUT [PLAN.jsonl]
 *
 * PAGES: {id, set, site, html, ...} a line. Writes OUT.jsonl (the feature names, then each page without its html but with the
 * text of its blocks) and OUT.bin (features, 16 bits, little-endian, a row a block). PLAN, by labels.py, makes variants of
 * pages: {id, remove: blocks to take out, mask: whether class and id words are taken out}.
 */
import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { BY_TAG, cutBlocks } from '../../dist/src/html/blocks.js'
import { boxesOf } from '../../dist/src/html/boxes.js'
import { collapse } from '../../dist/src/html/clean.js'
import { FEATURE_COUNT, FEATURES, ROWS } from '../../dist/src/html/feature-table.js'
import { fillFeatures } from '../../dist/src/html/features.js'
import { takeSamples } from '../../dist/src/html/samples.js'
import { release, scan } from '../../dist/src/html/scan.js'
import { surroundingsOf } from '../../dist/src/html/surroundings.js'
import { rawText } from '../../dist/src/html/text.js'
import { ASIDE, BODY, COMMENTS, FIRM } from '../../dist/src/html/words.js'

const [pagesPath, out, planPath] = process.argv.slice(2)
const plan = planPath === undefined ? null : readPlan(planPath)
const pages = createWriteStream(`${out}.jsonl`)
const rows = createWriteStream(`${out}.bin`)
const table = new Int16Array(FEATURE_COUNT * ROWS)

await write(pages, `${JSON.stringify({ features: FEATURES.map(([name]) => name) })}\n`)
for await (const line of createInterface({ input: createReadStream(pagesPath).pipe(createGunzip()) })) {
  const { html, ...page } = JSON.parse(line)
  const variant = plan?.get(page.id)
  if (plan !== null && variant === undefined) continue
  const tree = scan(html)
  const cut = cutBlocks(tree)
  if (variant !== undefined) change(tree, cut, variant)
  const { blocks } = cut
  await write(rows, Buffer.from(featuresOf(tree, cut).buffer))
  const nothing = new Uint8Array(tree.count)
  const texts = Array.from({ length: blocks.count }, (_, block) =>
    collapse(rawText(tree, cut, blocks.first[block], blocks.last[block], nothing, null)),
  )
  await write(pages, `${JSON.stringify({ ...page, texts })}\n`)
  release(tree)
}
pages.end()
rows.end()

function readPlan(path) {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return new Map(lines.map((line) => JSON.parse(line)).map((variant) => [variant.id, variant]))
}

function featuresOf(tree, cut) {
  const { count } = cut.blocks
  const boxes = boxesOf(tree, cut)
  const samples = takeSamples(tree, cut)
  const around = surroundingsOf(tree, cut, boxes, samples)
  const values = new Int16Array(count * FEATURE_COUNT)
  for (let from = 0; from < count; from += ROWS) {
    const to = Math.min(from + ROWS, count)
    fillFeatures(tree, cut, boxes, samples, around, from, to, table)
    for (let block = from; block < to; block++) {
      for (let at = 0; at < FEATURE_COUNT; at++) values[block * FEATURE_COUNT + at] = table[at * ROWS + block - from]
    }
  }
  return values
}

function change(tree, cut, { remove, mask }) {
  const gone = new Set(remove)
  const { blocks } = cut
  for (const [name, column] of Object.entries(blocks)) {
    if (name === 'count') continue
    blocks[name] = Array.from(column)
      .slice(0, blocks.count)
      .filter((_, block) => !gone.has(block))
  }
  blocks.count -= gone.size
  if (!mask) return
  for (let node = 0; node < tree.count; node++) {
    const byName = COMMENTS | BODY | ((cut.own[node] & BY_TAG) === 0 ? ASIDE | FIRM : 0)
    cut.own[node] &= ~byName
  }
}

async function write(stream, chunk) {
  if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve))
}
