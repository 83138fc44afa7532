/**
 * The text of a config with the `--set` values laid over it: knows for every value where it was written, and what its
 * paths are relative to.
 */
import { dirname, resolve } from 'node:path'
import { isMap, isNode, isScalar, LineCounter, parse, parseDocument } from 'yaml'
import { isObject } from '../document/json.js'
import { ConfigError, messageOf } from '../errors/errors.js'
import { suggestion } from './nearest.js'
import { endKinds } from './schema.js'
import { stageTitle } from './stage-loader.js'

/** Keys from the outermost inward; numbers are places in a list. */
export type ConfigPath = readonly (string | number)[]

type Tree = Record<string, unknown>

const OUTER = ['name', 'seed', 'execution', 'input', 'output']

export class ConfigSource {
  /** Plain values as written, `--set` applied. Not checked. */
  readonly tree: Tree
  private readonly lines = new LineCounter()
  private readonly root: ReturnType<typeof parseDocument>
  private readonly settings: { readonly shown: string; readonly path: ConfigPath }[] = []

  /**
   * @param file as the person gave it; errors name it so. null: the stage of a command line, not a file
   * @param outer keys of the outermost level that `set` may name
   * @throws ConfigError for text that is no YAML mapping, with line and column of every fault
   */
  constructor(
    readonly file: string | null,
    text: string,
    private readonly outer: readonly string[] = OUTER,
  ) {
    this.root = parseDocument(text, { lineCounter: this.lines, prettyErrors: false })
    const faults = [...this.root.errors, ...this.root.warnings]
    if (faults.length > 0) {
      throw new ConfigError(
        faults.map((fault) => `${this.position(fault.pos[0])}: not sound YAML: ${fault.message}`).join('\n'),
      )
    }
    const tree: unknown = this.toPlain()
    if (!isObject(tree))
      throw new ConfigError(`${file}:1:1: expected a mapping with input, stages and output, got ${kindOf(tree)}`)
    this.tree = tree
  }

  /**
   * Lays one `KEY=VALUE` over the config: `execution.workers=2`, `input.warc=GLOB`, `STAGE.option=value`.
   * @param shown the option as the person wrote it, where that differs
   * @throws ConfigError when the key names nothing
   */
  set(assignment: string, shown = `--set ${assignment}`): void {
    const cut = assignment.indexOf('=')
    const keys = assignment.slice(0, cut).trim().split('.')
    if (cut <= 0 || keys.some((key) => key === '')) {
      throw new ConfigError(
        `${shown}: expected STAGE.option=value, input.KIND=files, output.KIND=folder or execution.KEY=value`,
      )
    }
    const path = this.outer.includes(keys[0] ?? '') ? keys : this.stagePath(shown, keys)
    const value = this.isPlace(path)
      ? placeValue(assignment.slice(cut + 1))
      : yamlValue(shown, assignment.slice(cut + 1))
    this.replaceKind(path)
    put(this.tree, path, value)
    this.settings.push({ shown, path })
  }

  /** Where the value (or, at `key`, its name) was written: `file:line:column`, or the `--set` that gave it. */
  where(path: ConfigPath, at: 'key' | 'value' = 'value'): string {
    const setting = this.settingOf(path)
    if (setting !== undefined) return setting
    return this.file === null ? '' : this.position(this.offsetOf(path, at))
  }

  /** Sorts faults: `--set` first, then as they stand in the file. */
  order(path: ConfigPath, at: 'key' | 'value'): number {
    return this.settingOf(path) === undefined ? this.offsetOf(path, at) : -1
  }

  /** The folder that relative paths in this value start from: the config's, or the working folder for `--set`. */
  folderOf(path: ConfigPath): string {
    return this.settingOf(path) === undefined && this.file !== null ? dirname(resolve(this.file)) : process.cwd()
  }

  /** The path as messages name it: a stage of the command line stands in no list. */
  shownPath(path: ConfigPath): ConfigPath {
    return this.file === null ? path.slice(2) : path
  }

  private toPlain(): unknown {
    try {
      return this.root.toJS({ maxAliasCount: 100 })
    } catch (error) {
      throw new ConfigError(`${this.file}:1:1: not sound YAML: ${messageOf(error)}`)
    }
  }

  private position(offset: number): string {
    const { line, col } = this.lines.linePos(offset)
    return `${this.file}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }

  /** Offset in the text of the innermost part of the path that is written there. */
  private offsetOf(path: ConfigPath, at: 'key' | 'value'): number {
    let node: unknown = this.root.contents
    let offset = 0
    for (const [depth, key] of path.entries()) {
      const last = depth === path.length - 1
      if (isMap(node)) {
        const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key))
        if (pair === undefined) break
        node = last && at === 'key' ? pair.key : (pair.value ?? pair.key)
      } else {
        node = this.root.getIn(path.slice(0, depth + 1), true)
      }
      const range = isNode(node) ? node.range : null
      if (!range) break
      offset = range[0]
    }
    return offset
  }

  private settingOf(path: ConfigPath): string | undefined {
    const covers = (set: ConfigPath) => set.length <= path.length && set.every((key, at) => key === path[at])
    return this.settings.findLast((setting) => covers(setting.path))?.shown
  }

  /** The path of `STAGE.option`, found by instance name. A stage written as a bare name becomes a mapping. */
  private stagePath(shown: string, keys: readonly string[]): ConfigPath {
    const stages = Array.isArray(this.tree.stages) ? this.tree.stages : []
    const names = stages.map(instanceName)
    const [wanted, ...rest] = keys
    const found = names.flatMap((name, at) => (name === wanted ? [at] : []))
    const [at] = found
    if (at === undefined || rest.length === 0) {
      throw new ConfigError(
        `${shown}: no stage ${wanted} in ${this.file ?? 'this call'}${suggestion(wanted ?? '', [...names, ...this.outer])}`,
      )
    }
    if (found.length > 1)
      throw new ConfigError(`${shown}: ${wanted} stands ${found.length} times; name the instances with as:`)
    if (typeof stages[at] === 'string') stages[at] = { [stages[at]]: {} }
    // A stage that was a name has just been made a mapping.
    return ['stages', at, Object.keys(stages[at] as Tree)[0] ?? '', ...rest]
  }

  private isPlace(path: ConfigPath): boolean {
    const [outer, key] = path
    return (
      path.length === 2 && (outer === 'input' || outer === 'output') && endKinds(sideOf(outer)).includes(String(key))
    )
  }

  /** `input.jsonl=…` over `input: { warc: … }` puts a whole new input in its place: the options were those of the other reader. */
  private replaceKind(path: ConfigPath): void {
    const [outer, key] = path
    if (!this.isPlace(path) || (outer !== 'input' && outer !== 'output')) return
    const before = this.tree[outer]
    if (!isObject(before) || !Object.hasOwn(before, String(key))) this.tree[outer] = {}
  }
}

/** The name under which `--set` and errors know an entry of `stages:`; '' for what is none. */
export function instanceName(entry: unknown): string {
  if (typeof entry === 'string') return stageTitle(entry)
  if (!isObject(entry)) return ''
  const [name, use] = Object.entries(entry)[0] ?? ['', null]
  return isObject(use) && typeof use.as === 'string' ? use.as : stageTitle(name)
}

/** `a list`, `text`, … for messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return { string: 'text', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'a mapping'
}

function sideOf(outer: 'input' | 'output'): 'read' | 'write' {
  return outer === 'input' ? 'read' : 'write'
}

/** Files, globs and folders are taken as they are (`*.warc.gz` is no YAML); `[a, b]` gives several. */
function placeValue(text: string): unknown {
  if (!/^\[.*,.*\]$/.test(text)) return text
  return text
    .slice(1, -1)
    .split(',')
    .map((part) => part.trim())
}

function yamlValue(shown: string, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw new ConfigError(`${shown}: the value is not sound YAML: ${messageOf(error).split('\n', 1)[0]}`)
  }
}

function put(tree: Tree, path: ConfigPath, value: unknown): void {
  let at: unknown = tree
  for (const key of path.slice(0, -1)) {
    const inner: unknown = Reflect.get(at as object, key)
    if (typeof inner !== 'object' || inner === null) Reflect.set(at as object, key, {})
    at = Reflect.get(at as object, key)
  }
  Reflect.set(at as object, path.at(-1) ?? '', value)
}
