/**
 * Option declarations: each says type, default, unit, bounds and meaning once; the config check, the JSON Schema for
 * editors and the help texts are all made from it. Built on zod 4.
 */
import { z } from 'zod'

export interface Option<T> {
  readonly schema: z.ZodType<T>
  /** undefined: the option must be given. */
  readonly default: T | undefined
  readonly unit: string
  /** One sentence for the help text. */
  readonly meaning: string
  /** Paths are resolved against the config file before the stage sees them. */
  readonly isPath: boolean
  /** True where the file may also be one that an earlier stage of the run makes. */
  readonly mayBeArtifact?: boolean
}

/** In a config, in place of a path: the artifact of an earlier stage, by the name of its instance. */
export interface ArtifactReference {
  readonly from: string
  /** Name of the file, which is put in when the config is checked. */
  readonly file?: string
}

export function isArtifactReference(value: unknown): value is ArtifactReference {
  return typeof value === 'object' && value !== null && 'from' in value
}

export type OptionDeclarations = Readonly<Record<string, Option<unknown>>>

/** The values that a stage's `prepare` receives. */
export type OptionValues<D extends OptionDeclarations> = {
  readonly [K in keyof D]: D[K] extends Option<infer T> ? T : never
}

interface Describe<T> {
  default?: T
  unit?: string
  meaning: string
}

interface Bounds {
  min?: number
  max?: number
}

function declare<T>(schema: z.ZodType<T>, about: Describe<T>, isPath = false): Option<T> {
  return { schema, default: about.default, unit: about.unit ?? '', meaning: about.meaning, isPath }
}

function bounded(schema: z.ZodNumber, { min, max }: Bounds): z.ZodNumber {
  let out = schema
  if (min !== undefined) out = out.min(min)
  if (max !== undefined) out = out.max(max)
  return out
}

export function integer(about: Describe<number> & Bounds): Option<number> {
  return declare(bounded(z.number().int(), about), about)
}

export function number(about: Describe<number> & Bounds): Option<number> {
  return declare(bounded(z.number(), about), about)
}

/** A name, or a whole number from 0. */
export function nameOrNumber(about: Describe<string | number>): Option<string | number> {
  return declare(z.union([z.number().int().min(0), z.string().min(1)]), about)
}

export function boolean(about: Describe<boolean>): Option<boolean> {
  return declare(z.boolean(), about)
}

export function string(about: Describe<string>): Option<string> {
  return declare(z.string(), about)
}

/** A file or folder; relative to the config file. */
export function path(about: Describe<string>): Option<string> {
  return declare(z.string(), about, true)
}

/** A file, or `{ from: STAGE }` for the one that an earlier stage of the run makes. The stage sees a path either way. */
export function pathOrArtifact(about: Describe<string>): Option<string> {
  const reference = z.strictObject({ from: z.string().describe('an earlier stage of the run that makes the file') })
  const schema = z.union([z.string(), reference]) as unknown as z.ZodType<string> // the runner puts the path in its place
  return { ...declare(schema, about, true), mayBeArtifact: true }
}

export function oneOf<const T extends string>(choices: readonly T[], about: Describe<T>): Option<T> {
  return declare<T>(z.enum(choices) as unknown as z.ZodType<T>, about) // zod's enum type loses the literal union through a generic
}

/** What a filter does with a document that does not pass: every filter has it. */
export function filterAction(byDefault: 'drop' | 'annotate' = 'drop'): Option<'drop' | 'annotate'> {
  return oneOf(['drop', 'annotate'], {
    default: byDefault,
    meaning: 'drop what does not pass, or keep everything and only record.',
  })
}

export function listOf<T>(item: Option<T>, about: Describe<readonly T[]>): Option<readonly T[]> {
  return declare<readonly T[]>(z.array(item.schema), about, item.isPath)
}

/** A mapping of some of these names: `{ phone: drop }`. */
export function mapOf<const K extends string, T>(
  keys: readonly K[],
  item: Option<T>,
  about: Describe<Readonly<Partial<Record<K, T>>>>,
): Option<Readonly<Partial<Record<K, T>>>> {
  const schema = z.partialRecord(z.enum(keys), item.schema)
  return declare(schema as unknown as z.ZodType<Readonly<Partial<Record<K, T>>>>, about) // zod's record type loses the keys' union through a generic
}

/** A mapping of names that only the stage can tell to be right. */
export function mapOfNames<T>(
  item: Option<T>,
  about: Describe<Readonly<Record<string, T>>>,
): Option<Readonly<Record<string, T>>> {
  return declare<Readonly<Record<string, T>>>(z.record(z.string(), item.schema), about)
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/
const FACTOR: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/** Bytes from 4096 or '8 MiB' or '1.5GB'; NaN for anything else. */
export function parseSize(value: number | string): number {
  if (typeof value === 'number') return value
  const match = SIZE.exec(value.trim())
  return match ? Math.floor(Number(match[1]) * FACTOR[match[2] as keyof typeof FACTOR]) : Number.NaN
}

function sizeBounds(low: number, high: number | undefined): string {
  if (high === undefined) return `at least ${sizeText(low)}`
  return low === 0 ? `at most ${sizeText(high)}` : `${sizeText(low)} to ${sizeText(high)}`
}

/** In the largest unit that needs no fraction. */
function sizeText(bytes: number): string {
  const unit = (['TiB', 'GiB', 'MiB', 'KiB'] as const).find((name) => bytes > 0 && bytes % FACTOR[name] === 0)
  return unit === undefined ? `${bytes} bytes` : `${bytes / FACTOR[unit]} ${unit}`
}

/** A number of bytes, written 4096 or '8 MiB'. The stage sees bytes; the default is given in bytes. */
export function size(about: Describe<number> & Bounds): Option<number> {
  const low = about.min ?? 0
  const high = about.max ?? Number.MAX_SAFE_INTEGER
  const schema = z
    .union([z.number(), z.string()])
    .refine((v) => Number.isInteger(parseSize(v)), { message: "expected bytes, as 4096 or '8 MiB'" })
    .refine((v) => !(parseSize(v) < low || parseSize(v) > high), { message: `expected ${sizeBounds(low, about.max)}` })
    .transform(parseSize)
  return declare<number>(schema as unknown as z.ZodType<number>, { ...about, unit: about.unit ?? 'bytes' }) // output type of a transform
}
