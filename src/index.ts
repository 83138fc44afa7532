/** What a user's own stage needs: the contract, option declarations, outcomes and the document. */
export type { Document, Position, RawPage, Signals, SignalValue, Span } from './document/document.js'
export { ConfigError, RecordError, ShardError } from './errors/errors.js'
export { boolean, integer, listOf, number, oneOf, path, pathOrArtifact, size, string } from './stage/options.js'
export { drop, type Edit, edit, keep, type Outcome } from './stage/outcome.js'
export {
  type BatchBudget,
  type BatchScorer,
  type BatchWork,
  type Collect,
  type CollectEmit,
  type CorpusWork,
  type Device,
  type DeviceRow,
  defineStage,
  type Example,
  type Reducer,
  type Resources,
  type Round,
  type RoundEmit,
  type RoundResources,
  type Settle,
  type Stage,
} from './stage/stage.js'
