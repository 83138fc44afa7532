/** Reads the sources and holds what the design promises of them: which way imports point, and who touches the world. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** From left to right: a folder imports only from rows above its own. Folders of one row don't import each other. */
const ROWS: readonly (readonly string[])[] = [
  ['src/errors'],
  ['src/document'],
  ['src/stage'],
  ['src/io', 'src/kernels'],
  ['src/text'],
  [
    'src/formats',
    'src/html',
    'src/lm',
    'src/neural',
    'src/dedup',
    'src/tokenizer',
    'src/classify',
    'src/pii',
    'src/ner',
    'src/decontamination',
  ],
  ['stages'],
  ['src/run'],
  ['workers', 'src/crawl', 'src/inspect'],
  ['src/cli'],
]

/** What users import as `millrace`: the contract, no more. */
const PACKAGE_ENTRY = 'src/index.ts'
const PACKAGE_ENTRY_FROM = ['src/errors', 'src/document', 'src/stage']

/** Modules that reach files, threads, processes or the network. */
const WORLD =
  /^(node:(fs|fs\/promises|worker_threads|child_process|cluster|net|http|https|http2|tls|dns|dgram|os|readline)|piscina|undici)$/
const CLOCK = /\b(Date\.now|new Date\(\)|performance\.now|setTimeout|setInterval|Math\.random|randomBytes|randomUUID)\b/
const MAY_TOUCH_WORLD = ['src/io', 'src/run', 'workers', 'src/crawl', 'src/inspect', 'src/cli']
/** They load a compiled kernel, or a model that ships along, from beside the code; or see how a runtime has loaded a model. */
const LOADERS = [
  'src/kernels/load.ts',
  'src/classify/shipped-model.ts',
  'src/lm/shipped-model.ts',
  'src/neural/placement.ts',
  'src/ner/shipped-model.ts',
]
const PRINTING = /\bconsole\.|\bprocess\.(stdout|stderr|stdin|exit)\b/

interface Source {
  readonly path: string
  readonly folder: string
  readonly text: string
  readonly imports: readonly string[]
}

const sources = ['src', 'stages', 'workers'].flatMap(sourcesBelow)

function sourcesBelow(top: string): Source[] {
  const names = readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => /\.ts$/.test(name) && !/\.d\.ts$/.test(name) && !/assembly[\w-]*\.ts$/.test(name))
    .map((name) => {
      const path = join(top, name).split(sep).join('/')
      const text = readFileSync(join(root, path), 'utf8')
      return { path, folder: folderOf(path), text, imports: importsOf(text) }
    })
}

function folderOf(path: string): string {
  return path.startsWith('src/') ? path.split('/').slice(0, 2).join('/') : (path.split('/')[0] ?? '')
}

/** Specifiers of import and export lines, types too, and of import() with a literal. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '')
  const forms = /(?:^import\s+|^(?:import|export)\b[^'"`;()=]*?\bfrom\s*|\bimport\()['"]([^'"]+)['"]/gm
  return [...code.matchAll(forms)].map((match) => match[1])
}

/** Folder that a relative import leads into; null for packages. */
function target({ path }: Source, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null
  return folderOf(
    relative(root, resolve(root, dirname(path), specifier))
      .split(sep)
      .join('/'),
  )
}

function rowOf(folder: string): number {
  return ROWS.findIndex((row) => row.includes(folder))
}

it('reads import lines of every form', () => {
  const text = `import a from 'a'\nimport {\n  b,\n} from './b.js'\nimport type { C } from '../c.js'\nexport { d } from 'd'\nimport 'e'\nconst f = await import('f')\nconst not = "from 'g'"\n/* import 'h' */\nexport function x() {\n  return 'i'\n}\n`
  expect(importsOf(text)).toEqual(['a', './b.js', '../c.js', 'd', 'e', 'f'])
})

it('finds the sources', () => {
  expect(sources.length).toBeGreaterThan(50)
  for (const row of ['src/errors', 'src/stage', 'src/io', 'src/run', 'src/cli', 'stages', 'workers']) {
    expect(
      sources.some((source) => source.folder === row),
      row,
    ).toBe(true)
  }
})

describe('imports point one way', () => {
  it.each(sources.map((source) => [source.path, source] as const))('%s', (path, source) => {
    for (const specifier of source.imports) {
      const to = target(source, specifier)
      if (to === null) continue
      if (path === PACKAGE_ENTRY) {
        expect(PACKAGE_ENTRY_FROM, specifier).toContain(to)
        continue
      }
      expect(rowOf(to), `${specifier} leads to ${to}, which has no place in the design`).toBeGreaterThanOrEqual(0)
      if (to === source.folder) {
        expect(source.folder, 'a stage imports no stage').not.toBe('stages')
        continue
      }
      expect(rowOf(to), `${source.folder} must not import ${specifier}`).toBeLessThan(rowOf(source.folder))
    }
  })
})

describe('effects stay outside', () => {
  const pure = sources.filter(({ folder, path }) => !MAY_TOUCH_WORLD.includes(folder) && !LOADERS.includes(path))

  it('only io, run and what stands right of it touch files, threads and the network', () => {
    const touching = pure.flatMap(({ path, imports }) =>
      imports.filter((name) => WORLD.test(name)).map((name) => `${path}: ${name}`),
    )
    expect(touching).toEqual([])
  })

  it('and clocks and chance', () => {
    expect(pure.filter(({ text }) => CLOCK.test(text)).map(({ path }) => path)).toEqual([])
  })

  it('only cli prints', () => {
    const printing = sources.filter(({ folder, text }) => folder !== 'src/cli' && PRINTING.test(text))
    expect(printing.map(({ path }) => path)).toEqual([])
  })
})

describe('the sources are tidy', () => {
  it('every file says at its beginning what it is; a stage may leave that to its summary', () => {
    const silent = sources.filter(({ folder, text }) => folder !== 'stages' && !/^(#!.*\n)?\/\*\*/.test(text))
    expect(silent.map(({ path }) => path)).toEqual([])
  })

  it('nothing is left to be done, and no folder is a drawer', () => {
    const marks = new RegExp(['TO', 'DO|FIX', 'ME|X', 'XX|HA', 'CK'].join(''))
    expect(
      sources.filter(({ text }) => new RegExp(`\\b(${marks.source})\\b`).test(text)).map(({ path }) => path),
    ).toEqual([])
    expect(
      sources.filter(({ path }) => /\b(utils?|helpers?|misc|common)\b/.test(path)).map(({ path }) => path),
    ).toEqual([])
  })

  it('every file is used by another, or is an entry', () => {
    const used = new Set(
      sources.flatMap((source) =>
        source.imports
          .filter((name) => name.startsWith('.'))
          .map((name) =>
            relative(root, resolve(root, dirname(source.path), name))
              .split(sep)
              .join('/')
              .replace(/\.js$/, '.ts'),
          ),
      ),
    )
    // Found by their folder or named in package.json.
    const entry = /^(stages|workers|src\/cli\/commands)\/|^src\/(index|cli\/main)\.ts$/
    expect(sources.filter(({ path }) => !entry.test(path) && !used.has(path)).map(({ path }) => path)).toEqual([])
  })
})
