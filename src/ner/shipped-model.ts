/**
 * The model of entities that ships with the package: models/ner-en (data, licences and training command in its card). Found
 * beside the package's own package.json, from the sources as from the build.
 */
import { readFile } from 'node:fs/promises'
import { ConfigError } from '../errors/errors.js'

export const SHIPPED_LANGUAGE = 'en'

const PACKAGE_ROOTS = ['../../', '../../../']
const MODEL_FILE = 'models/ner-en/ner-en.mner'

export async function readShippedNerModel(): Promise<Uint8Array> {
  for (const root of PACKAGE_ROOTS) {
    const bytes = await readFile(new URL(root + MODEL_FILE, import.meta.url)).catch(() => null)
    if (bytes !== null) return bytes
  }
  throw new ConfigError(`${MODEL_FILE}: expected the model that comes along, found none`)
}
