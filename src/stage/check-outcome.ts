/**
 * Holds what a stage gives back to its contract, before anything of it is counted or written: a user's own stage is plain
 * JavaScript, and what it breaks should cost one document, with a message that says what.
 */
import { metadataJson } from '../document/json.js'
import type { Edit, Outcome } from './outcome.js'

/** @param textLength UTF-16 units of the text after the edit. Throws TypeError: where, expected, got. */
export function checkOutcome(outcome: Outcome, textLength: number): void {
  if (!isPlain(outcome)) throw expected('outcome', 'keep(), edit() or drop()', outcome)
  const { verdict, reason, edit, signals, spans } = outcome
  if (verdict !== 'keep' && verdict !== 'drop') throw expected('verdict', 'keep or drop', verdict)
  if (typeof reason !== 'string' || (verdict === 'drop') !== (reason !== '')) {
    throw expected('reason', verdict === 'drop' ? 'a word' : "'' for a kept document", reason)
  }
  if (!isPlain(signals)) throw expected('signals', 'an object', signals)
  if (edit !== null) checkEdit(edit)
  if (!Array.isArray(spans)) throw expected('spans', 'a list', spans)
  const length = typeof edit?.text === 'string' ? edit.text.length : textLength
  for (const { start, end, type, score } of spans) {
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= length)) {
      throw expected('span', `offsets within 0 to ${length}`, [start, end])
    }
    if (typeof type !== 'string' || !Number.isFinite(score)) throw expected('span', 'type and score', [type, score])
  }
}

function checkEdit(edit: Edit): void {
  if (!isPlain(edit)) throw expected('edit', 'an object or null', edit)
  for (const [name, value] of Object.entries(edit)) {
    if (name === 'metadata') {
      if (!isPlain(value)) throw expected('edit.metadata', 'an object', value)
      metadataJson(value) // throws for what JSON has no word for
    } else if (name === 'raw') {
      if (value !== null) throw expected('edit.raw', 'null', value)
    } else if (name !== 'text' && name !== 'language' && name !== 'url' && name !== 'date') {
      throw new TypeError(
        `edit.${name}: a stage can't change this; it can change text, language, url, date, metadata, raw`,
      )
    } else if (value !== undefined && typeof value !== 'string') throw expected(`edit.${name}`, 'text', value)
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function expected(where: string, what: string, got: unknown): TypeError {
  return new TypeError(`${where}: expected ${what}, got ${show(got)}`)
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  if (Array.isArray(value)) return `[${value.map(show).join(', ').slice(0, 60)}]`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
