/** A vocabulary as the encoder's kernel takes it: with a token for every byte, also those that the file has none for. */
import { type BpeVocabulary, NONE } from '../kernels/bpe-encode/index.js'
import type { Vocabulary } from './model.js'
import { byteTokens } from './vocabulary.js'

export interface KernelVocabulary extends BpeVocabulary {
  /** True when some text has parts without a token: their id is NONE. */
  readonly hasUnknown: boolean
}

export function kernelVocabulary(vocabulary: Vocabulary): KernelVocabulary {
  return vocabulary.alphabet.kind === 'bytes' ? ofBytes(vocabulary) : ofCharacters(vocabulary)
}

function ofBytes(vocabulary: Vocabulary): KernelVocabulary {
  const { bytes, offsets, ids, merges, wholePieces } = vocabulary
  const tokens = byteTokens(vocabulary)
  const missing = [...tokens.keys()].filter((byte) => tokens[byte] < 0)
  let next = ids.length
  for (const byte of missing) tokens[byte] = next++
  const allOffsets = new Uint32Array(next + 1)
  allOffsets.set(offsets)
  for (const i of missing.keys()) allOffsets[ids.length + i + 1] = bytes.length + i + 1
  const allIds = new Uint32Array(next).fill(NONE)
  allIds.set(ids)
  return {
    bytes: missing.length === 0 ? bytes : Uint8Array.from([...bytes, ...missing]),
    offsets: allOffsets,
    ids: allIds,
    alphabet: Uint32Array.from(tokens),
    characters: null,
    merges,
    wholePieces,
    hasUnknown: missing.length > 0,
  }
}

function ofCharacters(vocabulary: Vocabulary): KernelVocabulary {
  const { bytes, offsets, ids, merges, wholePieces, alphabet } = vocabulary
  if (alphabet.kind !== 'characters') throw new Error('expected an alphabet of characters')
  const isCharacter = (token: number): boolean => {
    const first = bytes[offsets[token]]
    return offsets[token + 1] - offsets[token] === (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4)
  }
  return {
    bytes,
    offsets,
    ids,
    alphabet: Uint32Array.from([...ids.keys()].filter(isCharacter)),
    characters: {
      fallbackIds: alphabet.fallback?.map((token) => ids[token] ?? NONE) ?? null,
      unknownId: alphabet.unknownId ?? NONE,
      fuseUnknown: alphabet.fuseUnknown,
    },
    merges,
    wholePieces,
    hasUnknown: alphabet.unknownId === null,
  }
}
