/** From a text to its signature and its shingles, by the options of `dedup-minhash`. */
import { createDatatroveSigner, datatroveShingles } from './datatrove.js'
import { characterShingles, Shingler, type Spaceless } from './shingles.js'
import { createSigner, type Kernel } from './signature.js'

/** `millrace`: 32-bit values of our own family; `datatrove-0.10`: its text, words, hashes and family, to the bit. */
export type Hashing = 'millrace' | 'datatrove-0.10'

export interface SigningOptions {
  readonly bands: number
  readonly rows: number
  readonly shingleWords: number
  /** 0: shingles of words. */
  readonly shingleCharacters: number
  readonly spaceless: Spaceless
  readonly seed: number
  readonly kernel: Kernel
  readonly hashing: Hashing
}

export interface Signed {
  /** 32 bits of each shingle's hash, in any order, repeats included. */
  readonly shingles: Uint32Array
  /** `valuesOf(options)` numbers; good until the next call. */
  readonly signature: Uint32Array
}

/** 32-bit numbers in a row of a band. */
export function rowWidth({ hashing }: Pick<SigningOptions, 'hashing'>): number {
  return hashing === 'millrace' ? 1 : 2
}

/** Null for a text with fewer words (or characters) than a shingle. */
export function createDocumentSigner(options: SigningOptions): (text: string) => Signed | null {
  return options.hashing === 'millrace' ? ownSigner(options) : datatroveSigner(options)
}

function ownSigner(options: SigningOptions): (text: string) => Signed | null {
  const { bands, rows, shingleWords, shingleCharacters, spaceless, seed, kernel } = options
  const shingler = new Shingler(shingleWords, spaceless)
  const sign = createSigner(bands * rows, seed, kernel)
  const signature = new Uint32Array(bands * rows)
  return (text) => {
    const shingles = shingleCharacters > 0 ? characterShingles(text, shingleCharacters) : shingler.shingles(text)
    if (shingles.length === 0) return null
    sign(shingles, signature)
    return { shingles, signature }
  }
}

function datatroveSigner({ bands, rows, shingleWords, seed }: SigningOptions): (text: string) => Signed | null {
  const sign = createDatatroveSigner(bands * rows, seed)
  const values = new BigUint64Array(bands * rows)
  const signature = new Uint32Array(values.buffer)
  return (text) => {
    const hashes = datatroveShingles(text, shingleWords)
    if (hashes.length === 0) return null
    sign(hashes, values)
    const halves = new Uint32Array(hashes.buffer)
    return { shingles: halves.filter((_, i) => i % 2 === 0), signature }
  }
}
