/**
 * The n-gram model that ships with the package: models/wikipedia-en (data, licence and training command in its card). Found
 * beside the package's own package.json, from the sources as from the build.
 */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PACKAGE_ROOTS = ['../../', '../../../']
const MODEL_FOLDER = 'models/wikipedia-en/'

/** Path of the model's file; null where it has been left out. */
export function shippedModelPath(): string | null {
  for (const root of PACKAGE_ROOTS) {
    const folder = new URL(root + MODEL_FOLDER, import.meta.url)
    const file = existsSync(folder) ? readdirSync(folder).find((name) => name.endsWith('.mlm')) : undefined
    if (file !== undefined) return fileURLToPath(new URL(file, folder))
  }
  return null
}
