/**
 * The schema of a config, made from the stage declarations: `config.ts` checks with its parts, editors complete with the
 * JSON Schema of the whole (`millrace schema`).
 */
import { z } from 'zod'
import { integer, number, type OptionDeclarations, oneOf, size } from '../stage/options.js'
import type { Stage } from '../stage/stage.js'
import { loadStage, stageNames } from './stage-loader.js'

/** `execution:` in a config. `auto` is resolved by config.ts. */
export const EXECUTION = {
  on: oneOf(['local'], { default: 'local', meaning: 'Where tasks run.' }),
  workers: {
    schema: z.union([z.literal('auto'), z.number().int().min(1).max(1024)]),
    default: 'auto',
    unit: 'threads',
    meaning: 'Worker threads; auto takes one a core. The output is the same for any number.',
    isPath: false,
  },
  memoryMax: {
    schema: z.union([z.literal('auto'), size({ min: 256 * 2 ** 20, meaning: '' }).schema]),
    default: 'auto',
    unit: 'bytes',
    meaning:
      'Bounds the JavaScript heap of each worker: this by (workers + 1), at least 256 MiB. Buffers outside of the heap are not counted. auto takes three quarters of the machine.',
    isPath: false,
  },
  measure: oneOf(['untilDrop', 'all'], {
    default: 'untilDrop',
    meaning: 'untilDrop stops at the first drop; all goes on measuring within the pass, and the first drop decides.',
  }),
  dropped: oneOf(['all', 'sample', 'none'], {
    default: 'sample',
    meaning: 'Which texts of dropped documents are stored.',
  }),
  droppedShare: number({ default: 0.05, min: 0, max: 1, meaning: 'Share of dropped documents that sample stores.' }),
  documentSecondsMax: number({
    default: 60,
    min: 1,
    unit: 'seconds',
    meaning: 'Silence on one document after which its worker is replaced.',
  }),
} as const satisfies OptionDeclarations

export const NAME = z.string().min(1).max(200).describe('Name of the run; the file name when left out.')
export const DEFAULT_SEED = 1
export const SEED = integer({
  default: DEFAULT_SEED,
  min: 0,
  max: 2 ** 32 - 1,
  meaning: 'The only source of randomness of a run.',
})
export const AS = z
  .string()
  .regex(/^[A-Za-z][\w-]*$/, { message: 'expected letters, digits, _ and -, beginning with a letter' })
  .describe('Name of this instance; prefixes its signals. Needed where a stage stands twice.')
export const WHEN = z
  .strictObject({
    language: z.array(z.string()).min(1).describe('Codes as the language stage gives them (en, de, …).'),
  })
  .describe('Limits the stage to these documents; others pass untouched.')
const PATTERNS = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

export const LIST_BASE = 'https://data.commoncrawl.org/'
/** `input: { warc: warc.paths.gz, base: …, take: … }`. */
const PATH_LISTS = {
  base: z
    .string()
    .min(1)
    .meta({
      description: 'What the lines of a list of files (*.paths, *.paths.gz) stand behind: a URL, or a folder.',
      default: LIST_BASE,
    })
    .optional(),
  take: z
    .number()
    .int()
    .min(1)
    .describe('At most so many files of a list, chosen by the seed; all when left out.')
    .optional(),
}

/** What may stand under a stage's name in `stages:`. All keys are optional: profile and defaults fill in, config.ts checks. */
export function stageUseSchema(stage: Stage): z.ZodType<Record<string, unknown>> {
  return z.strictObject({
    as: AS.optional(),
    when: WHEN.optional(),
    profile: profileSchema(stage),
    ...optionSchemas(stage.options),
  })
}

/** `input: { warc: patterns, …options of read-warc }`. */
export function inputSchema(kind: string, stage: Stage): z.ZodType<Record<string, unknown>> {
  const patterns = PATTERNS.describe(`${stage.summary} Files, globs or URLs (http, https, s3), relative to this file.`)
  return z.strictObject({
    [kind]: patterns,
    ...PATH_LISTS,
    profile: profileSchema(stage),
    ...optionSchemas(stage.options),
  })
}

/** `output: { arrow: folder, …options of write-arrow }`. */
export function outputSchema(kind: string, stage: Stage): z.ZodType<Record<string, unknown>> {
  const folder = z.string().min(1).describe(`${stage.summary} The run's folder, relative to this file.`)
  return z.strictObject({ [kind]: folder, profile: profileSchema(stage), ...optionSchemas(stage.options) })
}

/** The config's outer level: `input`, `stages` and `output` are checked one by one with the schemas above. */
export const outerSchema = z.strictObject({
  name: NAME.optional(),
  seed: SEED.schema.optional(),
  input: z.unknown().optional(),
  stages: z.unknown().optional(),
  output: z.unknown().optional(),
  execution: z.strictObject(optionSchemas(EXECUTION)).optional(),
})

function profileSchema(stage: Stage): z.ZodType {
  const names = Object.keys(stage.profiles ?? {})
  return (
    names.length > 0 ? z.enum(names).describe('A named set of option values; explicit options beat it.') : z.never()
  ).optional()
}

/** A key each, with its meaning and default for editors; all may be left out. */
export function optionSchemas(options: OptionDeclarations): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const about = { description: option.meaning + (option.unit ? ` Unit: ${option.unit}.` : '') }
      return [
        name,
        option.schema.meta(option.default === undefined ? about : { ...about, default: option.default }).optional(),
      ]
    }),
  )
}

/** The kinds of input or output: `warc` for `read-warc`. */
export function endKinds(prefix: 'read' | 'write'): string[] {
  return stageNames().flatMap((name) => (name.startsWith(`${prefix}-`) ? [name.slice(prefix.length + 1)] : []))
}

/** JSON Schema (draft 2020-12) of configs, for editors. */
export async function configJsonSchema(): Promise<object> {
  const stages = new Map<string, Stage>()
  for (const name of stageNames()) stages.set(name, await loadStage(name))
  const uses: Record<string, z.ZodType> = {}
  for (const [name, stage] of stages) {
    if (stage.kind !== 'read' && stage.kind !== 'write') {
      uses[name] = z
        .union([stageUseSchema(stage), z.null()])
        .optional()
        .describe(stage.summary)
    }
  }
  const ends = (prefix: 'read' | 'write', schema: typeof inputSchema) =>
    endKinds(prefix).flatMap((kind) => {
      const stage = stages.get(`${prefix}-${kind}`)
      return stage ? [schema(kind, stage)] : []
    })
  const ownStage = { '\\.m?js$': { type: ['object', 'null'] } }
  const item = z.union([
    z.enum(Object.keys(uses)),
    z
      .string()
      .regex(/\.m?js$/)
      .describe('A stage of your own, by path; needs --allow-code.'),
    z.strictObject(uses).meta({ minProperties: 1, maxProperties: 1, patternProperties: ownStage }),
  ])
  const whole = outerSchema.extend({
    input: z.union(ends('read', inputSchema)),
    stages: z.array(item).optional().describe('Stages in the order in which they run.'),
    output: z.union(ends('write', outputSchema)),
  })
  return z.toJSONSchema(whole, { io: 'input', unrepresentable: 'any' })
}
