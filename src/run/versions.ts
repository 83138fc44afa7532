/** Versions of everything that can change a run's bytes besides its config and inputs. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from './digest.js'

export interface Versions {
  readonly millrace: string
  /** SHA-256 over the compiled code and kernels. */
  readonly codeSha256: string
  readonly unicode: string
  readonly icu: string
}

const root = fileURLToPath(new URL('../../', import.meta.url))

export function codeVersion(): Versions {
  const digests: string[] = []
  for (const folder of ['src', 'stages', 'workers']) walk(join(root, folder), digests)
  return {
    millrace: packageVersion(),
    codeSha256: sha256(digests.join('\n')),
    unicode: process.versions.unicode ?? '',
    icu: process.versions.icu ?? '',
  }
}

/** The version in the package.json nearest above this file: beside the sources, or above dist/. */
export function packageVersion(): string {
  for (const up of ['', '../']) {
    try {
      const text = readFileSync(join(root, up, 'package.json'), 'utf8')
      return String((JSON.parse(text) as { version: unknown }).version) // our own package.json
    } catch {
      // not here: one folder up
    }
  }
  throw new Error(`no package.json at or above ${root}`)
}

function walk(folder: string, digests: string[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) walk(path, digests)
    else if (/\.(js|ts|wasm)$/.test(entry.name) && !entry.name.endsWith('.d.ts')) {
      digests.push(`${path.slice(root.length)} ${sha256(readFileSync(path))}`)
    }
  }
}
