/** Where the development data lies: MILLRACE_DATA, else ../shared/data beside the checkout. Tests that need it skip, by name, without it. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const folder = process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../../shared/data')

/** The folder, or null when it is not there. Use as `describe.skipIf(!dataFolder)('… (needs MILLRACE_DATA)', …)`. */
export const dataFolder: string | null = existsSync(join(folder, 'html')) ? folder : null

export function dataPath(relative: string): string {
  return join(folder, relative)
}
