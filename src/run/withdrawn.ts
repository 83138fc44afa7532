/**
 * Sources taken out of a run: `withdrawn.json` lists their URLs and hosts, and is an input of the run from then on, also when
 * it is started afresh. Readers skip what it names. What was made before is redone as far as it may hold them: the shards that
 * do in the first pass, and all steps behind it, so that duplicates of a withdrawn document are judged again.
 */

import { urlKey } from '../dedup/url.js'
import { ConfigError } from '../errors/errors.js'
import { readVerdicts } from '../formats/arrow/verdicts.js'
import type { Store } from '../io/store.js'
import { loadZstd } from '../io/zstd.js'
import { ARTIFACTS } from './artifacts.js'
import { SIGNATURES } from './earlier.js'
import { repairsPath } from './marker.js'
import type { Plan } from './plan.js'
import { FOLDERS } from './publish.js'
import { WITHDRAWN } from './run-folder.js'

export interface Withdrawn {
  /** By `urlKey`: forms of one address count as one. */
  readonly urls: readonly string[]
  /** Lower case; a host takes its subdomains along. */
  readonly hosts: readonly string[]
  /** Shards that are still to be cleared of what was made before. */
  readonly pendingShards: readonly number[]
}

const NONE: Withdrawn = { urls: [], hosts: [], pendingShards: [] }

export function readWithdrawn(store: Store): Withdrawn {
  return store.readJson<Withdrawn>(WITHDRAWN) ?? NONE
}

/** @throws ConfigError for what is neither a URL nor a host */
export function asSource(text: string): { readonly url: string } | { readonly host: string } {
  if (text.includes('://') && URL.canParse(text)) return { url: urlKey(text) }
  if (!/[/?#@\s]/.test(text) && URL.canParse(`http://${text}`)) return { host: new URL(`http://${text}`).hostname }
  throw new ConfigError(`expected a URL (https://site.example/page) or a host (site.example), got ${text}`)
}

/** Whether a document's URL is withdrawn. */
export function makeWithdrawal({ urls, hosts }: Withdrawn): (url: string) => boolean {
  if (urls.length === 0 && hosts.length === 0) return () => false
  const [urlSet, hostSet] = [new Set(urls), new Set(hosts)]
  return (url) => {
    if (url === '') return false
    if (urlSet.size > 0 && urlSet.has(urlKey(url))) return true
    return hostSet.size > 0 && URL.canParse(url) && isBelow(new URL(url).hostname.replace(/\.$/, ''), hostSet)
  }
}

function isBelow(hostname: string, hosts: ReadonlySet<string>): boolean {
  for (let rest = hostname; ; ) {
    if (hosts.has(rest)) return true
    const dot = rest.indexOf('.')
    if (dot < 0) return false
    rest = rest.slice(dot + 1)
  }
}

export interface WithdrawalFound {
  readonly documents: number
  /** Of these, the ones that were kept. */
  readonly kept: number
  readonly shards: readonly number[]
}

/** What of a finished run the sources name, by its signals. */
export async function findWithdrawn(store: Store, sources: Withdrawn): Promise<WithdrawalFound> {
  const zstd = await loadZstd()
  const isWithdrawn = makeWithdrawal(sources)
  const shards = new Set<number>()
  let documents = 0
  let kept = 0
  for (const name of store.list(FOLDERS.verdicts)) {
    const bytes = store.read(`${FOLDERS.verdicts}/${name}`) ?? new Uint8Array()
    for (const { url, verdict } of readVerdicts(bytes, zstd, [])) {
      if (!isWithdrawn(url)) continue
      documents++
      if (verdict === 'kept') kept++
      shards.add(Number.parseInt(name, 10))
    }
  }
  return { documents, kept, shards: [...shards].sort((a, b) => a - b) }
}

/** Adds sources to the list, and notes which shards hold documents of theirs. */
export function addWithdrawn(
  store: Store,
  sources: Pick<Withdrawn, 'urls' | 'hosts'>,
  shards: readonly number[],
): void {
  const before = readWithdrawn(store)
  const joined = <T extends string | number>(a: readonly T[], b: readonly T[]): T[] =>
    [...new Set([...a, ...b])].sort((x, y) => (x < y ? -1 : 1))
  const all: Withdrawn = {
    urls: joined(before.urls, sources.urls),
    hosts: joined(before.hosts, sources.hosts),
    pendingShards: joined(before.pendingShards, shards),
  }
  store.put(WITHDRAWN, `${JSON.stringify(all, null, 2)}\n`)
}

/**
 * Removes what was made with documents that have been withdrawn since: markers first, since what they name is about to go.
 * May be cut off and done again.
 */
export function clearWithdrawn(store: Store, plan: Plan): void {
  const withdrawn = readWithdrawn(store)
  if (withdrawn.pendingShards.length === 0) return
  const pending = new Set(withdrawn.pendingShards)
  const [first, ...later] = plan.steps.map(({ id }) => id)
  const published = [...Object.values(FOLDERS), ARTIFACTS, SIGNATURES]
  for (const path of ['ledger.json', ...later.map((id) => `done/${id}`), repairsPath(first)]) store.remove(path)
  for (const name of store.list(`done/${first}`)) {
    if (pending.has(Number.parseInt(name, 10))) store.remove(`done/${first}/${name}`)
  }
  for (const attempt of store.list(`work/${first}`)) {
    if (pending.has(Number.parseInt(attempt, 10))) store.remove(`work/${first}/${attempt}`)
  }
  for (const path of [...published, ...later.map((id) => `work/${id}`)]) store.remove(path)
  store.put(WITHDRAWN, `${JSON.stringify({ ...withdrawn, pendingShards: [] }, null, 2)}\n`)
}
