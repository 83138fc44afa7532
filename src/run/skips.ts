/**
 * Documents that no worker survives: after three attempts a document is listed in `skips.json`, which is an input of the
 * run from then on, and goes to quarantine.
 */

import { canonicalJson } from '../document/json.js'
import type { Store } from '../io/store.js'

export interface Skip {
  readonly step: string
  readonly shard: number
  readonly offset: number
  readonly sub: number
  readonly code: 'worker-hung' | 'worker-died'
}

const PATH = 'skips.json'

export function readSkips(store: Store): Skip[] {
  return store.readJson<Skip[]>(PATH) ?? []
}

export function addSkip(store: Store, skip: Skip): void {
  const skips = [...readSkips(store), skip]
  skips.sort((a, b) => a.shard - b.shard || a.offset - b.offset || a.sub - b.sub || (a.step < b.step ? -1 : 1))
  store.put(PATH, canonicalJson(skips))
}

/** The skips of one task, by `offset/sub`. */
export function skipsOfTask(store: Store, step: string, shard: number): Map<string, Skip['code']> {
  const own = readSkips(store).filter((skip) => skip.step === step && skip.shard === shard)
  return new Map(own.map((skip) => [`${skip.offset}/${skip.sub}`, skip.code]))
}
