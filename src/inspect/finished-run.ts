/** Reads a finished run folder: plan, ledger, verdicts, texts. One shard is in memory at a time. */
import { statSync } from 'node:fs'
import { ConfigError } from '../errors/errors.js'
import { readVerdicts, type Verdict } from '../formats/arrow/verdicts.js'
import { Store } from '../io/store.js'
import { loadZstd, type Zstd } from '../io/zstd.js'
import type { Ledger } from '../run/ledger.js'
import type { Plan } from '../run/plan.js'
import { shardTexts } from './shard-texts.js'

export class FinishedRun {
  private constructor(
    private readonly store: Store,
    private readonly zstd: Zstd,
    readonly plan: Plan,
    readonly ledger: Ledger,
  ) {}

  /** @throws ConfigError when there is no finished run in the folder */
  static async open(folder: string): Promise<FinishedRun> {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new ConfigError(`${folder}: no such run folder (looked in ${process.cwd()})`)
    }
    const store = new Store(folder)
    const plan = store.readJson<Plan>('manifest.json')
    if (plan === null) throw new ConfigError(`${folder}: not a run folder: it has no manifest.json`)
    const ledger = store.readJson<Ledger>('ledger.json')
    if (ledger === null)
      throw new ConfigError(`${folder}: the run is not finished; give its millrace run command again`)
    return new FinishedRun(store, await loadZstd(), plan, ledger)
  }

  get folder(): string {
    return this.store.folder
  }

  /** A row for every document, shard by shard, with the named signals, all when left out. */
  *verdicts(signals?: readonly string[]): Generator<Verdict, void, void> {
    for (const name of this.store.list('signals'))
      yield* readVerdicts(this.bytes(`signals/${name}`), this.zstd, signals)
  }

  /** Texts by id: of kept documents as published, of dropped ones as far as they were stored. */
  async texts(ids: ReadonlySet<string>): Promise<Map<string, string>> {
    const texts = new Map<string, string>()
    for (const folder of ['documents', 'dropped']) {
      for (const name of this.store.list(folder)) {
        if (texts.size === ids.size) return texts
        const path = `${folder}/${name}`
        for (const { id, text } of await shardTexts(path, this.bytes(path), this.zstd)) {
          if (ids.has(id)) texts.set(id, text)
        }
      }
    }
    return texts
  }

  private bytes(path: string): Uint8Array {
    const bytes = this.store.read(path)
    if (bytes === null) throw new ConfigError(`${this.store.pathOf(path)}: gone while it was being read`)
    return bytes
  }
}
