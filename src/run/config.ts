/**
 * Reads a config: YAML, checked against the stage declarations, profiles and defaults filled in, paths made absolute.
 * Everything wrong with it is told at once, each fault with file, line, column, path, expected and got.
 */
import { readFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { basename, resolve } from 'node:path'
import { isObject } from '../document/json.js'
import { ConfigError, messageOf, ShardError } from '../errors/errors.js'
import { isUrl } from '../io/input-files.js'
import { isArtifactReference, type OptionDeclarations, type OptionValues } from '../stage/options.js'
import type { Stage } from '../stage/stage.js'
import { hasReference } from './artifacts.js'
import { type ConfigPath, ConfigSource, instanceName, kindOf } from './config-source.js'
import { suggestion } from './nearest.js'
import { Problems } from './problems.js'
import { ownResources } from './resources.js'
import {
  AS,
  DEFAULT_SEED,
  EXECUTION,
  endKinds,
  inputSchema,
  LIST_BASE,
  outerSchema,
  outputSchema,
  stageUseSchema,
} from './schema.js'
import type { Execution, RunConfig, StageUse } from './settings.js'
import { isStagePath, loadStage, RESERVED_OPTIONS, stageCodeSha256, stageNames } from './stage-loader.js'

export interface LoadOptions {
  /** `KEY=VALUE` each, laid over the file in this order. */
  readonly set?: readonly string[]
  /** Worker threads; beats the file. */
  readonly workers?: number
  /** Lets stages given by path run their code. */
  readonly allowCode?: boolean
}

/** @throws ConfigError with all that is wrong, one fault a line */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<RunConfig> {
  const source = new ConfigSource(file, await readText(file))
  for (const assignment of options.set ?? []) source.set(assignment)
  if (options.workers !== undefined) source.set(`execution.workers=${options.workers}`, `--workers ${options.workers}`)
  return new Checker(source, options.allowCode ?? false).config()
}

/**
 * One stage outside of a config, its options as `key=value` (for `apply`). Paths are relative to the working folder.
 * @throws ConfigError
 */
export async function loadStageUse(name: string, set: readonly string[], allowCode: boolean): Promise<StageUse> {
  const source = new ConfigSource(null, 'stages: []')
  const entry = isStagePath(name) ? resolve(name) : name
  source.tree.stages = [{ [entry]: {} }]
  for (const assignment of set) source.set(`${instanceName(entry)}.${assignment}`, `--set ${assignment}`)
  const checker = new Checker(source, allowCode)
  return checker.only()
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    const why = { ENOENT: 'no such file', EISDIR: 'expected a file, got a folder', EACCES: 'no permission to read it' }[
      String(code)
    ]
    throw new ConfigError(`${file}: ${why ?? messageOf(error)} (looked in ${process.cwd()})`)
  }
}

class Checker {
  private readonly problems: Problems

  constructor(
    private readonly source: ConfigSource,
    private readonly allowCode: boolean,
  ) {
    this.problems = new Problems(source)
  }

  async config(): Promise<RunConfig> {
    const { tree } = this.source
    const outer = this.problems.check(outerSchema, tree, [])
    const seed = outer?.seed ?? DEFAULT_SEED
    const input = await this.end('input', 'read', inputSchema)
    const stages = await this.stages(tree.stages ?? [])
    const output = await this.end('output', 'write', outputSchema)
    for (const { use, path } of stages) await this.prepare(use, path, seed)
    this.problems.throwIfSome()
    if (outer === undefined || input === undefined || output === undefined)
      throw new ConfigError(`${this.source.file}: not checked`)
    const places = [input.place].flat().map(String) // text or a list of it, checked by inputSchema
    return {
      name: outer.name ?? basename(this.source.file ?? '').replace(/\.ya?ml$/i, ''),
      seed,
      input: input.use,
      inputPatterns: places.map((pattern) =>
        isUrl(pattern) ? pattern : resolve(this.source.folderOf(input.path), pattern),
      ),
      pathLists: {
        base: this.listBase(input.base),
        take: typeof input.take === 'number' ? input.take : null,
        seed,
      },
      stages: stages.map(({ use }) => use),
      output: output.use,
      baseFolder: this.source.folderOf(input.path),
      runFolder: resolve(this.source.folderOf(output.path), String(output.place)), // text, checked by outputSchema
      execution: this.execution(outer.execution ?? {}),
    }
  }

  /** A URL that ends in a slash, or an absolute path. */
  private listBase(given: unknown): string {
    const base = typeof given === 'string' ? given : LIST_BASE
    if (isUrl(base)) return base.endsWith('/') ? base : `${base}/`
    return resolve(this.source.folderOf(['input', 'base']), base)
  }

  async only(): Promise<StageUse> {
    const [stage] = await this.stages(this.source.tree.stages)
    this.problems.throwIfSome()
    if (stage === undefined) throw new ConfigError('no stage')
    return stage.use
  }

  private execution(given: Readonly<Record<string, unknown>>): Execution {
    // Both have the types that EXECUTION declares: outerSchema, made from it, has checked what is given.
    return resolved({ ...defaultsOf(EXECUTION), ...given } as OptionValues<typeof EXECUTION>)
  }

  // ---- input and output ----

  private async end(
    outer: 'input' | 'output',
    prefix: 'read' | 'write',
    schema: typeof inputSchema,
  ): Promise<{ use: StageUse; place: unknown; path: ConfigPath; base: unknown; take: unknown } | undefined> {
    const value = this.source.tree[outer]
    const kinds = endKinds(prefix)
    const expected = `expected { ${kinds[0] ?? 'KIND'}: ${outer === 'input' ? 'files' : 'folder'} } (kinds: ${kinds.join(', ')})`
    if (!isObject(value)) {
      this.problems.add([outer], `${expected}, got ${kindOf(value)}`)
      return undefined
    }
    const given = Object.keys(value).filter((key) => kinds.includes(key))
    const [kind] = given
    if (kind === undefined || given.length > 1) {
      const [first] = Object.keys(value)
      const hint = first !== undefined && kind === undefined ? suggestion(first, kinds) : ''
      this.problems.add(
        [outer],
        `${expected}, got ${given.length > 1 ? given.join(' and ') : `${first ?? 'nothing'}${hint}`}`,
      )
      return undefined
    }
    const name = `${prefix}-${kind}`
    const stage = await loadStage(name)
    const checked = this.problems.check(schema(kind, stage), value, [outer])
    if (checked === undefined) return undefined
    const { [kind]: place, profile, base, take, ...options } = checked
    const use = this.use(stage, name, name, [outer], options, profile)
    return use && { use, place, path: [outer, kind], base, take }
  }

  // ---- stages ----

  private async stages(list: unknown): Promise<CheckedStage[]> {
    if (!Array.isArray(list)) {
      this.problems.add(['stages'], `expected a list of stages, got ${kindOf(list)}`)
      return []
    }
    const stages: CheckedStage[] = []
    for (const [at, entry] of list.entries()) {
      const stage = await this.stage(entry, ['stages', at])
      if (stage === undefined) continue
      const { as } = stage.use
      const twin = stages.some((other) => other.use.as === as)
      if (twin) this.problems.add(['stages', at], `${as} stands twice; name one of them with as: NAME`)
      stages.push(await this.withReferences(stage, stages))
    }
    return stages
  }

  private async stage(entry: unknown, path: ConfigPath): Promise<CheckedStage | undefined> {
    const keys = isObject(entry) ? Object.keys(entry) : []
    if (typeof entry !== 'string' && keys.length !== 1) {
      const hint =
        keys.length > 1
          ? `a mapping of ${keys.length} keys (${keys.join(', ')}); indent the options under the name`
          : kindOf(entry)
      this.problems.add(path, `expected a stage's name, or name: { options }, got ${hint}`)
      return undefined
    }
    const name = typeof entry === 'string' ? entry : (keys[0] ?? '')
    const inside = typeof entry === 'string' ? path : [...path, name]
    const given = (isObject(entry) ? entry[name] : null) ?? {}
    const loaded = await this.load(name, path, inside)
    if (loaded === undefined) return undefined
    const { stage, id, codeSha256 } = loaded
    if (!isObject(given)) {
      const optionNames = [...Object.keys(stage.options), ...RESERVED_OPTIONS]
      this.problems.add(inside, `expected { options }, got ${kindOf(given)}; options: ${optionNames.join(', ')}`)
      return undefined
    }
    const checked = this.problems.check(stageUseSchema(stage), given, inside)
    if (checked === undefined) return undefined
    const { as, when, profile, ...options } = checked
    const title = instanceName(entry)
    if (!AS.safeParse(title).success)
      this.problems.add(inside, `${title} can't name signals; give a name with as: NAME`)
    const use = this.use(stage, id, typeof as === 'string' ? as : title, inside, options, profile)
    const limit = (when as StageUse['when']) ?? null // checked by stageUseSchema
    return use && { use: { ...use, when: limit, codeSha256 }, path: inside }
  }

  /** `{ from: STAGE }` must name a stage before this one that makes an artifact. */
  private async withReferences({ use, path }: CheckedStage, before: readonly CheckedStage[]): Promise<CheckedStage> {
    const options = { ...use.options }
    for (const [option, value] of Object.entries(use.options)) {
      if (!isArtifactReference(value)) continue
      const maker = before.find(({ use: { as } }) => as === value.from)
      const stage = maker && (await loadStage(maker.use.stage))
      const file = stage?.kind === 'corpus' ? stage.corpus.artifact : undefined
      if (file !== undefined) {
        options[option] = { from: value.from, file }
        continue
      }
      const got = maker === undefined ? `no earlier stage ${value.from}` : `${value.from}, which makes no file`
      this.problems.add(
        [...path, option, 'from'],
        `expected the name of an earlier stage that makes a file, got ${got}`,
      )
    }
    return { use: { ...use, options }, path }
  }

  private async load(name: string, path: ConfigPath, inside: ConfigPath) {
    const fail = (message: string) => this.problems.add(inside, message, 'key')
    const own = isStagePath(name)
    const id = own ? resolve(this.source.folderOf(path), name) : name
    if (own && !this.allowCode) return void fail('a stage given by path runs its code; allow that with --allow-code')
    if (!own && !stageNames().includes(name)) {
      const candidates = stageNames().filter((other) => !/^(read|write)-/.test(other))
      // Where it has options its name is part of the path already.
      const which = inside === path ? ` ${shortName(name)}` : ''
      return void fail(`unknown stage${which}${suggestion(name, candidates)} (all: npx millrace stages)`)
    }
    try {
      const stage = await loadStage(id)
      if (stage.kind === 'read')
        return void fail(`reads input, so it stands under input: { ${name.replace(/^read-/, '')}: FILES }`)
      if (stage.kind === 'write')
        return void fail(`writes output, so it stands under output: { ${name.replace(/^write-/, '')}: FOLDER }`)
      return { stage, id, codeSha256: own ? await stageCodeSha256(id) : '' }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return void fail(error.message)
    }
  }

  /**
   * Makes a stage ready once, as every worker will: what it finds wrong with its options, or a model that does not load, is
   * told with the config's other faults, before there is a run folder.
   */
  private async prepare(use: StageUse, path: ConfigPath, seed: number): Promise<void> {
    if (hasReference(use)) return // its file is yet to be made
    try {
      const stage = await loadStage(use.stage)
      const options = use.options as never // checked against this stage's own declaration
      const resources = await ownResources(stage, use.options, seed)
      if (stage.kind === 'each') await stage.prepare(options, resources)
      else if (stage.kind === 'corpus') await stage.corpus.collect(options, resources)
      else if (stage.kind === 'eachBatch') {
        await stage.batch.prepare(options, resources)
        await stage.batch.settle(options, resources)
      }
    } catch (error) {
      const known = error instanceof ConfigError || error instanceof ShardError
      if (!known && use.codeSha256 === '') throw error // a fault of ours
      // `STAGE: OPTION: what is wrong`, as far as the stage says it: the fault is shown at the option then.
      const message = known ? messageOf(error).replace(`${use.stage}: `, '') : `prepare: ${messageOf(error)}`
      const option = /^(\w+): /.exec(message)?.[1] ?? ''
      const at = Object.hasOwn(use.options, option) ? [...path, option] : path
      this.problems.add(at, at === path ? message : message.slice(option.length + 2), at === path ? 'key' : 'value')
    }
  }

  /** Fills in profile and defaults, explicit options first, and makes paths absolute. */
  private use(
    stage: Stage,
    id: string,
    as: string,
    path: ConfigPath,
    given: Readonly<Record<string, unknown>>,
    profile: unknown,
  ) {
    const fromProfile = typeof profile === 'string' ? (stage.profiles?.[profile] ?? {}) : {}
    const explicit = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    const options: Record<string, unknown> = { ...defaultsOf(stage.options), ...fromProfile, ...explicit }
    for (const [name, option] of Object.entries(stage.options)) {
      if (options[name] === undefined) this.problems.add(path, `${name} must be given: ${option.meaning}`, 'key')
      if (option.isPath && explicit[name] !== undefined) {
        options[name] = absolute(this.source.folderOf([...path, name]), explicit[name])
      }
    }
    return { as, stage: id, options, when: null, codeSha256: '' } satisfies StageUse
  }
}

/** A stage of the config, and where it stands. */
interface CheckedStage {
  readonly use: StageUse
  readonly path: ConfigPath
}

const NAME_SHOWN = 60

function shortName(name: string): string {
  return name.length > NAME_SHOWN ? `${name.slice(0, NAME_SHOWN)}…` : name
}

function resolved({ workers, memoryMax, ...rest }: OptionValues<typeof EXECUTION>): Execution {
  return {
    ...rest,
    workers: workers === 'auto' ? availableParallelism() : workers,
    memoryMaxBytes: memoryMax === 'auto' ? memoryBytes() : memoryMax,
  }
}

/** `execution` when nothing is said. @param workers null: as many as the machine has room for */
export function defaultExecution(workers: number | null): Execution {
  const values = defaultsOf(EXECUTION) as OptionValues<typeof EXECUTION> // the defaults that EXECUTION declares
  return resolved(workers === null ? values : { ...values, workers })
}

/** A stage's options when nothing is said. */
export function defaultOptions(stage: Stage): Record<string, unknown> {
  return defaultsOf(stage.options)
}

function defaultsOf(options: OptionDeclarations): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]))
}

/** A path or list of paths against a folder; '' stays '' (it means "none" wherever a path may be left out). */
function absolute(folder: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((part) => absolute(folder, part))
  return typeof value === 'string' && value !== '' ? resolve(folder, value) : value
}

/** Three quarters of what the machine, or the container around the process, allows. */
function memoryBytes(): number {
  const limit = process.constrainedMemory()
  const total = limit > 0 && limit < totalmem() ? limit : totalmem()
  return Math.floor(total * 0.75)
}
