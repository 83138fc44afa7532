/**
 * Finds and loads stages. The folder is the list: a stage's file name is its name in a config. A path loads a user's own
 * stage, which runs its code: callers ask for permission first (`--allow-code`) and record the file's SHA-256.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject } from '../document/json.js'
import { ConfigError, messageOf } from '../errors/errors.js'
import type { Stage } from '../stage/stage.js'
import { suggestion } from './nearest.js'

const STAGES = new URL('../../stages/', import.meta.url)
const STAGE_FILE = /^(.+?)(?<!\.d)\.(js|ts)$/

/** Keys that stand beside a stage's options in a config, so no option may have these names. */
export const RESERVED_OPTIONS: readonly string[] = ['as', 'when', 'profile']

/** Names of all shipped stages, sorted. */
export function stageNames(): string[] {
  const names = readdirSync(STAGES).flatMap((file) => STAGE_FILE.exec(file)?.[1] ?? [])
  return names.sort()
}

/** True when a config means a user's own stage by this: a path, not a name. */
export function isStagePath(name: string): boolean {
  return /[/\\]/.test(name) || /\.[cm]?[jt]s$/.test(name)
}

/** The instance name of a stage: its name, or the file name of a user's own without ending. */
export function stageTitle(stage: string): string {
  return isStagePath(stage) ? stage.replace(/^.*[/\\]/, '').replace(/\.[cm]?[jt]s$/, '') : stage
}

/**
 * Loads a shipped stage by name, or a user's own by absolute path, and checks its declaration.
 * @throws ConfigError when there is none of that name, the file doesn't load, or it declares no sound stage.
 */
export async function loadStage(nameOrAbsolutePath: string): Promise<Stage> {
  const name = nameOrAbsolutePath
  if (isAbsolute(name)) return checkStage(name, await importOwn(name))
  const file = ['js', 'ts'].map((ending) => new URL(`${name}.${ending}`, STAGES)).find((url) => existsSync(url))
  if (file === undefined || !stageNames().includes(name)) {
    throw new ConfigError(`unknown stage ${name}${suggestion(name, stageNames())} (all: npx millrace stages)`)
  }
  return checkStage(name, await import(file.href))
}

/** SHA-256 of a user's own stage file, in hex. */
export async function stageCodeSha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

async function importOwn(path: string): Promise<unknown> {
  if (!/\.m?js$/.test(path))
    throw new ConfigError(`${path}: a stage of your own is a .js or .mjs file (compile TypeScript first)`)
  if (!existsSync(path)) throw new ConfigError(`${path}: no such file`)
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const message = messageOf(error)
    const hint = message.includes("'millrace'")
      ? ' (npm install millrace beside the stage, or export a plain object)'
      : ''
    throw new ConfigError(`${path}: does not load: ${message}${hint}`)
  }
}

const WORK: Readonly<Record<string, readonly string[]>> = {
  each: ['prepare'],
  eachBatch: ['batch.budget', 'batch.open', 'batch.prepare', 'batch.settle'],
  corpus: ['corpus.collect', 'corpus.settle'],
  read: ['read.rangeSize', 'read.read'],
  write: ['write.extension', 'write.prepare'],
}

/**
 * Checks the shape of a stage module's default export. `summary` and `options` may be left out by plain objects.
 * @throws ConfigError naming the stage and what is wrong with it.
 */
export function checkStage(name: string, module: unknown): Stage {
  const stage = field(module, 'default')
  const fail = (what: string): never => {
    throw new ConfigError(`${name}: ${what}`)
  }
  if (!isObject(stage)) return fail('no default export; expected export default defineStage({…})')
  const kind = String(stage.kind)
  const work = Object.hasOwn(WORK, kind) ? WORK[kind] : undefined
  if (work === undefined) return fail(`kind: expected one of ${Object.keys(WORK).join(', ')}, got ${kind}`)
  for (const path of work) {
    const value = path.split('.').reduce<unknown>(field, stage)
    if (typeof value !== 'function') return fail(`${path}: expected a function, got ${typeof value}`)
  }
  if (kind === 'corpus' && !Array.isArray(field(stage.corpus, 'rounds'))) return fail('corpus.rounds: expected a list')
  if (kind === 'eachBatch' && !Array.isArray(field(stage.batch, 'keepScores')))
    return fail('batch.keepScores: expected a list')
  const options = stage.options ?? {}
  if (!isObject(options)) return fail('options: expected an object of declarations')
  for (const [key, option] of Object.entries(options)) {
    if (RESERVED_OPTIONS.includes(key)) return fail(`options.${key}: the name is taken by configs, choose another`)
    if (typeof field(field(option, 'schema'), 'safeParse') !== 'function') {
      return fail(`options.${key}: expected a declaration, as integer({ default: 5, meaning: '…' })`)
    }
  }
  for (const [profile, values] of Object.entries(stage.profiles ?? {})) {
    const unknown = Object.keys(isObject(values) ? values : {}).find((key) => !Object.hasOwn(options, key))
    if (unknown !== undefined) return fail(`profiles.${profile}.${unknown}: no such option`)
  }
  // Checked above as far as a shape can be; what its functions do, only running them shows.
  return { summary: '', ...stage, options } as unknown as Stage
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
