/** Writes SentencePiece models as Protocol Buffers messages. */
import { writeMessage as message } from '../../src/io/protobuf-writer.js'

export const PIECE_TYPE = { normal: 1n, unknown: 2n, control: 3n, user: 4n, unused: 5n, byte: 6n } as const

export interface SmallPieces {
  /** 1 unigram, 2 BPE, 3 words, 4 characters. */
  readonly algorithm?: bigint
  readonly pieces: readonly (readonly [text: string, score: number, type?: keyof typeof PIECE_TYPE])[]
  readonly byteFallback?: boolean
  readonly whiteSpaceIsSuffix?: boolean
  readonly charsmap?: Uint8Array
  readonly addDummyPrefix?: boolean
  readonly removeExtraWhiteSpace?: boolean
  readonly escapeWhiteSpace?: boolean
}

/** A SentencePiece model file; `<unk>`, `<s>` and `</s>` come first. */
export function sentencePieceModel(model: SmallPieces): Uint8Array {
  const all: SmallPieces['pieces'] = [
    ['<unk>', 0, 'unknown'],
    ['<s>', 0, 'control'],
    ['</s>', 0, 'control'],
    ...model.pieces,
  ]
  const flag = (value: boolean): bigint => (value ? 1n : 0n)
  return message(
    ...all.map(([text, score, type = 'normal']): [number, Uint8Array] => [1, piece(text, score, PIECE_TYPE[type])]),
    [
      2,
      message(
        [3, model.algorithm ?? 1n],
        [24, flag(model.whiteSpaceIsSuffix ?? false)],
        [35, flag(model.byteFallback ?? false)],
      ),
    ],
    [
      3,
      message(
        [1, 'test'],
        [2, model.charsmap ?? new Uint8Array(0)],
        [3, flag(model.addDummyPrefix ?? true)],
        [4, flag(model.removeExtraWhiteSpace ?? true)],
        [5, flag(model.escapeWhiteSpace ?? true)],
      ),
    ],
  )
}

export function piece(text: string | Uint8Array, score: number, type: bigint): Uint8Array {
  return message([1, text], [2, { float: score }], [3, type])
}

/**
 * A charsmap of rules from text to text: a double array in which each state has a block of 256 units to itself, so that no
 * two states' children meet.
 */
export function charsmap(rules: Readonly<Record<string, string>>): Uint8Array {
  const children: Map<number, number>[] = [new Map()]
  const values = new Map<number, number>()
  let replacements = ''
  for (const [from, to] of Object.entries(rules)) {
    let state = 0
    for (const byte of Buffer.from(from)) {
      let next = children[state].get(byte)
      if (next === undefined) {
        next = children.push(new Map()) - 1
        children[state].set(byte, next)
      }
      state = next
    }
    values.set(state, Buffer.byteLength(replacements))
    replacements += `${to}\0`
  }
  // State s has its children at 256 (s + 1) + byte; an offset is relative, by exclusive or, to the unit that holds it.
  const units = new Uint32Array(256 * (children.length + 1))
  const place = (state: number, unit: number, label: number): void => {
    const base = 256 * (state + 1)
    units[unit] = offsetBits(unit ^ base) | label | (values.has(state) ? 0x100 : 0)
    for (const [byte, next] of children[state]) place(next, base + byte, byte)
    const value = values.get(state)
    if (value !== undefined) units[base] = (0x80000000 | value) >>> 0
  }
  place(0, 0, 0)
  const size = new Uint8Array(Uint32Array.of(units.byteLength).buffer)
  return new Uint8Array(Buffer.concat([size, new Uint8Array(units.buffer), Buffer.from(replacements)]))
}

/** Multiples of 256 in the short form. */
function offsetBits(offset: number): number {
  return offset % 256 === 0 ? (offset << 2) | 0x200 : offset << 10
}
