/** Which documents of a run a text is a near-duplicate of, by what `dedup-minhash` kept of them: the same bands, the same check. */

import { createDocumentSigner, rowWidth, type SigningOptions } from '../dedup/document-signer.js'
import { decodeAttachment } from '../dedup/near-duplicates.js'
import { shingleSet } from '../dedup/shingles.js'
import { similarityFromBands } from '../dedup/signature.js'
import { type Measure, similarity } from '../dedup/similarity.js'
import type { Position } from '../document/document.js'
import { ConfigError } from '../errors/errors.js'
import type { FinishedRun } from './finished-run.js'

export interface Match {
  readonly id: string
  readonly url: string
  readonly verdict: string
  /** Why it was dropped, where it was. */
  readonly reason: string
  /** In (0, 1]: of the shingle sets; estimated from shared bands where the run did not verify. */
  readonly similarity: number
  readonly sharedBands: number
}

/** The options of `dedup-minhash` that a lookup follows. */
interface LookupOptions extends SigningOptions {
  readonly verify: boolean
  readonly measure: Measure
  readonly similarityMin: number
}

const STAGE = 'dedup-minhash'

/**
 * Matches of each text, the most similar first. Reads all signatures of the run once for all texts.
 * @param similarityMin null: the run's own limit
 * @throws ConfigError when the run has no such stage, or one that kept no signatures
 */
export function lookUp(run: FinishedRun, texts: readonly string[], similarityMin: number | null): Match[][] {
  const use = run.stages.find(({ stage }) => stage === STAGE)
  if (use === undefined) throw new ConfigError(`${run.folder}: the run has no stage ${STAGE}`)
  const options = use.options as unknown as LookupOptions // as checked against the stage's declaration
  const shards = run.attachments(use.as)
  if (shards.length === 0) throw new ConfigError(`${run.folder}: the run has kept no signatures`)
  const wanted = texts.map(signer(options))
  const found = texts.map((): Found[] => [])
  const min = similarityMin ?? options.similarityMin
  for (const { shard, blobs } of shards) {
    for (const [row, blob] of blobs()) {
      const { id, signature, shingles } = decodeAttachment(blob)
      for (const [i, text] of wanted.entries()) {
        const sharedBands = countShared(text.signature, signature, options)
        if (sharedBands === 0) continue
        const measured = options.verify
          ? similarity(text.shingles, shingles, options.measure)
          : similarityFromBands(sharedBands, options.bands, options.rows)
        if (measured >= min) found[i].push({ id, position: { shard, row }, similarity: measured, sharedBands })
      }
    }
  }
  return describe(run, found)
}

interface Found {
  readonly id: string
  readonly position: Position
  readonly similarity: number
  readonly sharedBands: number
}

function signer(options: LookupOptions) {
  const sign = createDocumentSigner(options)
  return (text: string) => {
    const signed = sign(text)
    if (signed === null) throw new ConfigError('the text is too short to compare: it has fewer words than a shingle')
    return { signature: signed.signature.slice(), shingles: shingleSet(signed.shingles) }
  }
}

function countShared(a: Uint32Array, b: Uint32Array, options: LookupOptions): number {
  const { bands } = options
  const rows = options.rows * rowWidth(options)
  let shared = 0
  for (let band = 0; band < bands; band++) {
    let row = band * rows
    const end = row + rows
    while (row < end && a[row] === b[row]) row++
    if (row === end) shared++
  }
  return shared
}

/** With URL and verdict, which the signals hold by id. */
function describe(run: FinishedRun, found: readonly (readonly Found[])[]): Match[][] {
  const ids = new Set(found.flat().map(({ id }) => id))
  const rows = new Map<string, { url: string; verdict: string; reason: string }>()
  for (const { id, url, verdict, stage, reason } of ids.size === 0 ? [] : run.verdicts([])) {
    if (ids.has(id)) rows.set(id, { url, verdict, reason: reason === '' ? '' : `${stage}: ${reason}` })
  }
  return found.map((matches) =>
    matches
      .toSorted(
        (a, b) => b.similarity - a.similarity || a.position.shard - b.position.shard || a.position.row - b.position.row,
      )
      .map(({ position: _, ...match }) => ({
        ...match,
        ...(rows.get(match.id) ?? { url: '', verdict: '', reason: '' }),
      })),
  )
}
