/**
 * Exact duplicates by one or two keys in turn: round 1 groups by the first key and sends each group's survivor on to
 * round 2, which groups by the second. Records of both rounds: key (1 or 17 bytes) -> member (12), next key, id in UTF-8.
 */
import { createHash } from 'node:crypto'
import type { Reducer, RoundEmit } from '../stage/stage.js'
import { MEMBER_BYTES, POSITION_BYTES, readPosition } from './records.js'

/** Half of SHA-256, after a byte 1; or byte 0 and a position for a document that is nobody's duplicate by this key. */
export const EXACT_KEY_BYTES = 17

export function exactKey(content: string): Uint8Array {
  const key = new Uint8Array(EXACT_KEY_BYTES)
  key[0] = 1
  key.set(createHash('sha256').update(content).digest().subarray(0, 16), 1)
  return key
}

/** A key of its own, for a document without URL or text. `member` holds rank and position. */
export function loneKey(member: Uint8Array): Uint8Array {
  const key = new Uint8Array(EXACT_KEY_BYTES)
  key.set(member.subarray(MEMBER_BYTES - POSITION_BYTES, MEMBER_BYTES), 1)
  return key
}

export function exactRecord(member: Uint8Array, nextKey: Uint8Array, id: Uint8Array): Uint8Array {
  const value = new Uint8Array(MEMBER_BYTES + EXACT_KEY_BYTES + id.length)
  value.set(member, 0)
  value.set(nextKey, MEMBER_BYTES)
  value.set(id, MEMBER_BYTES + EXACT_KEY_BYTES)
  return value
}

/** The first member of a group survives. `round` 0 sends it on if there is a second key. */
export function exactReducer(round: 0 | 1, hasNext: boolean): Reducer {
  let survivor: Uint8Array | null = null
  return {
    start() {
      survivor = null
    },
    value(value, emit) {
      if (survivor === null) {
        survivor = value.slice()
        if (hasNext) sendOn(survivor, emit)
        return
      }
      emit.decide(readPosition(value, 4), encodeDecision(round, survivor))
    },
    end() {},
  }
}

function sendOn(value: Uint8Array, emit: RoundEmit): void {
  emit.record(value.subarray(MEMBER_BYTES, MEMBER_BYTES + EXACT_KEY_BYTES), value)
}

/** Round (1 byte), id of the survivor. */
function encodeDecision(round: number, survivor: Uint8Array): Uint8Array {
  const id = survivor.subarray(MEMBER_BYTES + EXACT_KEY_BYTES)
  const decision = new Uint8Array(1 + id.length)
  decision[0] = round
  decision.set(id, 1)
  return decision
}

const decoder = new TextDecoder()

/** Which of the keys matched, and the id of the document kept. */
export function decodeExactDecision(decision: Uint8Array): { round: number; duplicateOf: string } {
  return { round: decision[0], duplicateOf: decoder.decode(decision.subarray(1)) }
}

/** NFC, lower case, white space as single spaces: letters, digits and punctuation still count. */
export function normalizeText(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim()
}
