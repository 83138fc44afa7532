/** Versions of everything that can change a run's bytes besides its config and inputs. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from './digest.js'

export interface Versions {
  readonly millrace: string
  /** SHA-256 over the compiled code and kernels. */
  readonly codeSha256: string
  /** Direct dependencies, as installed, the optional ones where they are. */
  readonly dependencies: Readonly<Record<string, string>>
  readonly unicode: string
  readonly icu: string
  readonly zlib: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))

export function codeVersion(): Versions {
  const digests: string[] = []
  for (const folder of ['src', 'stages', 'workers']) walk(join(root, folder), digests)
  return {
    millrace: packageVersion(),
    codeSha256: sha256(digests.join('\n')),
    dependencies: dependencyVersions(),
    unicode: process.versions.unicode ?? '',
    icu: process.versions.icu ?? '',
    zlib: process.versions.zlib ?? '',
  }
}

export function packageVersion(): string {
  return ownPackage().version
}

interface PackageFile {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The package.json nearest above this file: beside the sources, or above dist/. */
function ownPackage(): PackageFile {
  const found = [root, dirname(root)].map(readPackage).find((file) => file !== null)
  if (!found) throw new Error(`no package.json at or above ${root}`)
  return found
}

function dependencyVersions(): Record<string, string> {
  const versions: Record<string, string> = {}
  const { dependencies = {}, peerDependencies = {} } = ownPackage()
  for (const name of Object.keys(dependencies).sort()) versions[name] = installedVersion(name) ?? 'unknown'
  // The optional ones, where they are.
  for (const name of Object.keys(peerDependencies).sort()) {
    const version = installedVersion(name)
    if (version !== null) versions[name] = version
  }
  return versions
}

/** Looked up as Node does, folder by folder upward: many packages do not export their package.json. */
function installedVersion(name: string): string | null {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = readPackage(join(folder, 'node_modules', name))
    if (found !== null) return found.version
    if (dirname(folder) === folder) return null
  }
}

function readPackage(folder: string): PackageFile | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageFile // npm's own format
  } catch {
    return null // none here
  }
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
