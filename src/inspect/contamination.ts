/** What decontaminate stages have found of their benchmarks. */
import { type BenchmarkSummary, type ContaminationReport, REPORT_FILE } from '../decontamination/report.js'
import type { Store } from '../io/store.js'
import { ARTIFACTS } from '../run/artifacts.js'
import type { StageUse } from '../run/settings.js'

export interface StageContamination {
  readonly stage: string
  readonly benchmarks: readonly BenchmarkSummary[]
}

export function contaminations(store: Store, stages: readonly StageUse[]): StageContamination[] {
  return stages.flatMap((use) => {
    if (use.stage !== 'decontaminate') return []
    const report = store.readJson<ContaminationReport>(`${ARTIFACTS}/${use.as}/${REPORT_FILE}`)
    return report === null ? [] : [{ stage: use.as, benchmarks: report.benchmarks }]
  })
}
