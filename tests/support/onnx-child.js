/** Scores rows with the built back end in a process of its own. In: JSON on stdin; out: numbers or the error, as JSON. */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const { module, path, device, rows } = JSON.parse(await text(process.stdin))
const { openOnnxModel } = await import(pathToFileURL(module).href)
let answer
try {
  const model = await openOnnxModel(readFileSync(path), { path, device })
  const numbers = await model.compute(rows.map((row) => Int32Array.from(row)))
  await model.close()
  answer = { numbers: numbers.map((list) => [...list]) }
} catch (error) {
  answer = { error: `${error.name}: ${error.message}` }
}
process.stdout.write(JSON.stringify(answer))
