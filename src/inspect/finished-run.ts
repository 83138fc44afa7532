/** Reads a finished run folder: plan, ledger, verdicts, texts. One shard is in memory at a time. */
import { statSync } from 'node:fs'
import { ConfigError } from '../errors/errors.js'
import { readVerdicts, type Verdict } from '../formats/arrow/verdicts.js'
import { AttachmentReader } from '../io/attachments.js'
import { Store } from '../io/store.js'
import { loadZstd, type Zstd } from '../io/zstd.js'
import { attachmentsFolder } from '../run/earlier.js'
import type { Ledger } from '../run/ledger.js'
import { type Plan, stagesOf } from '../run/plan.js'
import type { StageUse } from '../run/settings.js'
import { contaminations, type StageContamination } from './contamination.js'
import { type DeviceUse, deviceUses } from './devices.js'
import { type QuarantineEntry, quarantineEntries } from './quarantine.js'
import { shardTexts } from './shard-texts.js'
import { type TokenReport, type TrainingReport, tokenReports, trainingReports } from './token-artifacts.js'

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

  /** The stages of the run in order. */
  get stages(): StageUse[] {
    return stagesOf(this.plan)
  }

  /** A row for every document, shard by shard, with the named signals, all when left out. */
  *verdicts(signals?: readonly string[]): Generator<Verdict, void, void> {
    for (const name of this.store.list('signals'))
      yield* readVerdicts(this.bytes(`signals/${name}`), this.zstd, signals)
  }

  /** Texts of these documents: of kept ones as published, of dropped ones as far as they were stored. */
  async texts(verdicts: readonly Verdict[]): Promise<Map<Verdict, string>> {
    // An input may use one id for several documents: only with the place does it name one.
    const searched = verdicts.filter(({ verdict }) => verdict !== 'quarantined')
    const wanted = new Map(searched.map((verdict) => [keyOf(verdict), verdict]))
    const texts = new Map<Verdict, string>()
    for (const folder of ['documents', 'dropped']) {
      for (const name of this.store.list(folder)) {
        if (texts.size === wanted.size) return texts
        const path = `${folder}/${name}`
        for (const row of await shardTexts(path, this.bytes(path), this.zstd)) {
          const verdict = wanted.get(keyOf(row))
          if (verdict !== undefined) texts.set(verdict, row.text)
        }
      }
    }
    return texts
  }

  /** What a corpus stage attached to documents and the run has kept, shard by shard; the blobs of one are read as they are asked for. */
  attachments(as: string): { shard: number; blobs(): Generator<[row: number, blob: Uint8Array], void, void> }[] {
    const folder = attachmentsFolder(as)
    return this.store.list(folder).map((name) => {
      const { store } = this
      return {
        shard: Number.parseInt(name, 10),
        *blobs() {
          const reader = new AttachmentReader(store, `${folder}/${name}`)
          try {
            yield* reader.all()
          } finally {
            reader.close()
          }
        },
      }
    })
  }

  /** What the devices of batch stages did. */
  devices(): DeviceUse[] {
    return deviceUses(this.store, new Set(this.plan.steps.map(({ id }) => id)))
  }

  /** What tokenizers were trained on in the run. */
  trainings(): TrainingReport[] {
    return trainingReports(this.store, this.stages)
  }

  /** What tokenize stages have counted. */
  tokens(): TokenReport[] {
    return tokenReports(this.store, this.stages)
  }

  /** What decontaminate stages have found. */
  contaminations(): StageContamination[] {
    return contaminations(this.store, this.stages)
  }

  /** What a run has set aside, in the order of the shards. */
  quarantine(): Generator<QuarantineEntry, void, void> {
    return quarantineEntries(this.store)
  }

  /** Quarantine entries of these documents, as far as they were set aside. */
  quarantineOf(verdicts: readonly Verdict[]): Map<Verdict, QuarantineEntry> {
    const wanted = new Map(verdicts.map((verdict) => [placeOf(verdict), verdict]))
    const entries = new Map<Verdict, QuarantineEntry>()
    for (const entry of this.quarantine()) {
      const verdict = wanted.get(placeOf(entry))
      if (verdict !== undefined) entries.set(verdict, entry)
    }
    return entries
  }

  private bytes(path: string): Uint8Array {
    const bytes = this.store.read(path)
    if (bytes === null) throw new ConfigError(`${this.store.pathOf(path)}: gone while it was being read`)
    return bytes
  }
}

function keyOf({ id, file, offset }: Pick<Verdict, 'id' | 'file' | 'offset'>): string {
  return JSON.stringify([id, file, offset])
}

function placeOf({ file, offset, sub }: Pick<Verdict, 'file' | 'offset' | 'sub'>): string {
  return JSON.stringify([file, offset, sub])
}
