/**
 * Head, middle and tail: documents of a language by their perplexity, cut at two percentiles (Wenzek et al. 2020, arXiv
 * 1911.00359; cc_net's `PerplexityBucket`): below the first the head, from the second on the tail. What has no perplexity,
 * or no cutoffs for its language, is in `all`, as cc_net names it.
 *
 * Cutoffs are read from two forms of file (docs/formats.md): our JSON, which `millrace lm cutoffs` writes, and cc_net's
 * `cutoff.csv`: a header of languages behind an empty cell, then a row a percentile, its number first. Unlike cc_net's,
 * perplexities are not rounded to a tenth before they are compared.
 */
import { isObject } from '../document/json.js'
import { ConfigError } from '../errors/errors.js'
import { listOf, oneOf, path } from '../stage/options.js'

export const BUCKETS = ['head', 'middle', 'tail', 'all'] as const
export type Bucket = (typeof BUCKETS)[number]

/** Perplexities where the head of a language ends and where its tail starts. */
export interface Cutoff {
  readonly head: number
  readonly tail: number
}

/** By language; `UNKNOWN_LANGUAGE` for documents without one. */
export type Cutoffs = ReadonlyMap<string, Cutoff>

/** ISO 639-2 for undetermined: stands for documents without a language. */
export const UNKNOWN_LANGUAGE = 'und'

/** CCNet's: the rows that are read of a `cutoff.csv`. */
export const CCNET_PERCENTILES: Cutoff = { head: 30, tail: 60 }

/** @param language '' when unknown */
export function bucketOf(cutoffs: Cutoffs, language: string, perplexity: number | null): Bucket {
  const cutoff = cutoffs.get(language || UNKNOWN_LANGUAGE)
  if (perplexity === null || cutoff === undefined) return 'all'
  if (perplexity < cutoff.head) return 'head'
  return perplexity < cutoff.tail ? 'middle' : 'tail'
}

/**
 * The percentiles are those of numpy's default (linear interpolation, Hyndman and Fan 1996, type 7): what lies below one
 * is what lies below the value of this rank, counted from 0 upward. Percentile 100: everything is below, the rank is `count`.
 */
export function percentileRank(count: number, percentile: number): number {
  return percentile === 100 ? count : Math.ceil(((count - 1) * percentile) / 100)
}

// ---- options of the stages that cut ----

export const CUTOFFS_OPTION = path({
  default: '',
  meaning: "Cutoffs by language: what `millrace lm cutoffs` writes, or cc_net's cutoff.csv. None: no buckets.",
})

export const BUCKETS_OPTION = listOf(oneOf(BUCKETS, { meaning: 'a bucket' }), {
  default: [...BUCKETS],
  meaning: 'Buckets that pass; all is what has no perplexity, or no cutoffs for its language.',
})

/** What a stage does by its options `cutoffs` and `buckets`. */
export interface BucketRule {
  /** Some bucket does not pass. */
  readonly drops: boolean
  /** Null without cutoffs. */
  bucketOf(language: string, perplexity: number | null): Bucket | null
  passes(bucket: Bucket | null): boolean
}

/** @throws ConfigError for a file that is none, and for buckets without cutoffs */
export async function bucketRule(
  { cutoffs, buckets }: { readonly cutoffs: string; readonly buckets: readonly Bucket[] },
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<BucketRule> {
  const byLanguage = cutoffs === '' ? null : parseCutoffs(await readFile(cutoffs), cutoffs)
  const passing = new Set(buckets)
  const drops = BUCKETS.some((bucket) => !passing.has(bucket))
  if (drops && byLanguage === null) {
    throw new ConfigError(`buckets: expected cutoffs with [${buckets.join(', ')}], got none`)
  }
  return {
    drops,
    bucketOf: (language, perplexity) => (byLanguage === null ? null : bucketOf(byLanguage, language, perplexity)),
    passes: (bucket) => bucket === null || passing.has(bucket),
  }
}

// ---- files ----

/** What a file says of where its cutoffs come from. */
export interface CutoffSource {
  /** `STAGE.SIGNAL` that they were computed of. */
  readonly signal: string
  readonly percentiles: Cutoff
}

/** Languages in order of their codes: the same cutoffs give the same bytes. */
export function cutoffsJson(cutoffs: Cutoffs, { signal, percentiles }: CutoffSource): string {
  const byCode = [...cutoffs].sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify({ signal, percentiles, cutoffs: Object.fromEntries(byCode) }, null, 2)}\n`
}

/** Reads either form, told apart by the first character. Throws ConfigError for anything else; `name` is for messages. */
export function parseCutoffs(bytes: Uint8Array, name: string): Cutoffs {
  const text = new TextDecoder().decode(bytes)
  return /^\s*[{[]/.test(text) ? parseJson(text, name) : parseCsv(text, name)
}

function parseJson(text: string, name: string): Cutoffs {
  const fail = (message: string): never => {
    throw new ConfigError(
      `${name}: expected {"cutoffs": {"en": {"head": perplexity, "tail": perplexity}, …}}, ${message}`,
    )
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    return fail(`got no JSON: ${error instanceof Error ? error.message : error}`)
  }
  if (!isObject(parsed) || !isObject(parsed.cutoffs)) return fail('got no cutoffs')
  const cutoffs = new Map<string, Cutoff>()
  for (const [language, cutoff] of Object.entries(parsed.cutoffs)) {
    const { head, tail } = isObject(cutoff) ? cutoff : {}
    if (typeof head !== 'number' || typeof tail !== 'number' || !isSound(head, tail)) {
      return fail(`got ${language}: ${JSON.stringify(cutoff)}`)
    }
    cutoffs.set(language, { head, tail })
  }
  return cutoffs
}

function parseCsv(text: string, name: string): Cutoffs {
  const fail = (message: string): never => {
    throw new ConfigError(`${name}: expected JSON or cc_net's cutoff.csv, ${message}`)
  }
  const [languages, ...rows] = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  if (languages === undefined || languages.length < 2) return fail('got no header of languages')
  const cellsOf = (percentile: number): readonly string[] => {
    const row = rows.find(([label]) => label === String(percentile)) ?? fail(`got no row for percentile ${percentile}`)
    return row.length === languages.length
      ? row
      : fail(`got ${row.length} cells under ${languages.length} at percentile ${percentile}`)
  }
  const heads = cellsOf(CCNET_PERCENTILES.head)
  const tails = cellsOf(CCNET_PERCENTILES.tail)
  const cutoffs = new Map<string, Cutoff>()
  for (const [i, language] of languages.entries()) {
    if (i === 0) continue
    const [head, tail] = [cellNumber(heads[i]), cellNumber(tails[i])]
    if (language === '' || cutoffs.has(language)) return fail(`got language ${JSON.stringify(language)} in column ${i}`)
    if (!isSound(head, tail)) return fail(`got ${language}: ${heads[i]}, ${tails[i]}`)
    cutoffs.set(language, { head, tail })
  }
  return cutoffs
}

/** NaN for an empty cell, which `Number` takes for 0. */
function cellNumber(cell: string): number {
  return cell.trim() === '' ? Number.NaN : Number(cell)
}

function isSound(head: number, tail: number): boolean {
  return head >= 0 && head <= tail && tail < Number.POSITIVE_INFINITY
}
