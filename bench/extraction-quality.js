/**
 * Main text of labelled pages by the shipped build, for extraction-quality.py, which scores it beside other extractors.
 *
 *     npm run build && node bench/extraction-quality.js PAGES.jsonl.gz OUT.jsonl [precision|balanced|recall]
 *
 * PAGES: {id, html} a line. The shipped model has seen pages with gold in training: scores on those are no measure of it. For
 * that, scripts/main-text/extract-folds.js writes the same file by models that have not seen the pages' sites.
 */
import { createReadStream, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { extractMainText } from '../dist/src/html/extract.js'

const [pagesPath, outPath, favor = 'precision'] = process.argv.slice(2)
const lines = []
for await (const line of createInterface({ input: createReadStream(pagesPath).pipe(createGunzip()) })) {
  const { id, html } = JSON.parse(line)
  const { text } = extractMainText(html, { favor, comments: false, tables: true })
  lines.push(`${JSON.stringify({ id, text })}\n`)
}
writeFileSync(outPath, lines.join(''))
