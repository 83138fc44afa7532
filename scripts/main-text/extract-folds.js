/**
 * Main text of pages by models that have not seen their sites, rules included.
 *
 *     node scripts/main-text/extract-folds.js MODELS.json PAGES.jsonl.gz OUT.jsonl [precision|balanced|recall]
 *
 * MODELS: {models, pages: {id: number of the model}}, by train.py. Pages that it does not name are left out.
 */
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { cutBlocks } from '../../dist/src/html/blocks.js'
import { decide } from '../../dist/src/html/decide.js'
import { release, scan } from '../../dist/src/html/scan.js'
import { writeText } from '../../dist/src/html/text.js'

const [modelsPath, pagesPath, outPath, favor = 'precision'] = process.argv.slice(2)
const { models, pages } = JSON.parse(readFileSync(modelsPath, 'utf8'))
const typed = models.map((model) => ({
  ...model,
  columns: Uint8Array.from(model.columns),
  limits: Int16Array.from(model.limits),
  leaves: Int16Array.from(model.leaves),
}))

const lines = []
for await (const line of createInterface({ input: createReadStream(pagesPath).pipe(createGunzip()) })) {
  const { id, html } = JSON.parse(line)
  const model = typed[pages[id]]
  if (model === undefined) continue
  const tree = scan(html)
  const cut = cutBlocks(tree)
  const { kept, dropped } = decide(tree, cut, { favor, comments: false, tables: true }, model)
  lines.push(`${JSON.stringify({ id, text: writeText(tree, cut, kept, dropped) })}\n`)
  release(tree)
}
writeFileSync(outPath, lines.join(''))
