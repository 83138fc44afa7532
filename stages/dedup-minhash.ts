/**
 * Removes near-duplicates of the whole corpus: MinHash signatures over word shingles, bands, candidate pairs checked by
 * the similarity of their shingle sets, clusters, one survivor each.
 */
import { COMPONENT_REPEAT, componentReducer } from '../src/dedup/components.js'
import { createDocumentSigner, rowWidth, type SigningOptions } from '../src/dedup/document-signer.js'
import {
  candidateReducer,
  clusterReducer,
  decodeAttachment,
  decodeDecision,
  decodePair,
  encodeAttachment,
  labelReducer,
  verifyReducer,
} from '../src/dedup/near-duplicates.js'
import { EARLIER_RANK, keepRank, MEMBER_BYTES, writePosition, writeUint32 } from '../src/dedup/records.js'
import { shingleSet } from '../src/dedup/shingles.js'
import { BAND_KEY_BYTES, writeBandKey } from '../src/dedup/signature.js'
import { boolean, integer, listOf, number, oneOf, path } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage, type EmitRecord } from '../src/stage/stage.js'

/** The options that say what the values of a signature are. */
const HASHING = ['shingleWords', 'shingleCharacters', 'spaceless', 'hashing', 'seed'] as const

function hashingMismatch(
  options: SigningOptions & { readonly verify: boolean },
  earlier: Readonly<Record<string, unknown>>,
): string | null {
  const other = HASHING.find((name) => options[name] !== earlier[name])
  if (other !== undefined) return `expected ${other}: ${options[other]} there too, got ${String(earlier[other])}`
  const [values, given] = [options.bands * options.rows, Number(earlier.bands) * Number(earlier.rows)]
  if (values > given) return `expected signatures of at least ${values} values, got ${given}`
  return options.verify && earlier.verify !== true ? 'expected a run with verify: true, got verify: false' : null
}

function emitBands(signature: Uint32Array, options: SigningOptions, member: Uint8Array, emit: EmitRecord): void {
  const width = options.rows * rowWidth(options)
  for (let band = 0; band < options.bands; band++) {
    writeBandKey(bandKey, signature, band, width)
    emit(bandKey, member)
  }
}

const bandKey = new Uint8Array(BAND_KEY_BYTES)
const NO_SHINGLES = new Uint32Array(0)

export default defineStage({
  kind: 'corpus',
  summary: 'drop near-duplicates, found by MinHash over word shingles and checked by their exact similarity',
  source:
    'Broder 1997, On the resemblance and containment of documents; parameters of FineWeb (Penedo et al. 2024, section 3.4)',
  options: {
    bands: integer({ default: 14, min: 1, max: 1024, meaning: 'bands of the signature; more bands find more pairs' }),
    rows: integer({
      default: 8,
      min: 1,
      max: 64,
      unit: 'values',
      meaning: 'signature values a band; more rows find fewer pairs of low similarity',
    }),
    shingleWords: integer({
      default: 5,
      min: 1,
      max: 64,
      unit: 'words',
      meaning: 'words a shingle; documents with fewer words are never removed',
    }),
    shingleCharacters: integer({
      default: 0,
      min: 0,
      max: 1024,
      unit: 'characters',
      meaning: 'shingles of so many characters (UTF-16 units, as they stand) instead of words; 0 for words',
    }),
    hashing: oneOf(['millrace', 'datatrove-0.10'], {
      default: 'millrace',
      meaning: 'family of hash functions; datatrove-0.10 also has its normal form of the text and its English words',
    }),
    spaceless: oneOf(['characters', 'runs'], {
      default: 'characters',
      meaning: 'words of scripts written without spaces: single characters, or unbroken runs of letters',
    }),
    verify: boolean({
      default: true,
      meaning: 'compare the shingle sets of candidate pairs; without it, sharing one band is enough',
    }),
    similarityMin: number({ default: 0.7, min: 0, max: 1, meaning: 'least similarity of a verified pair' }),
    measure: oneOf(['jaccard', 'containment'], {
      default: 'jaccard',
      meaning: 'similarity of two shingle sets: common of all, or common of the smaller set',
    }),
    keep: oneOf(['first', 'longest'], {
      default: 'first',
      meaning: 'which document of a cluster stays: the first in the input, or the longest text',
    }),
    clusterSizeMax: integer({
      default: 1000,
      min: 1,
      unit: 'documents',
      meaning: 'a larger cluster is cut so that every dropped document forms a pair with its survivor',
    }),
    against: listOf(path({ meaning: 'folder of a run' }), {
      default: [],
      meaning: 'folders of earlier runs with this stage: what they kept is matched too, and always survives',
    }),
    seed: integer({ default: 1, min: 0, max: 0xffffffff, meaning: 'choice of the hash functions' }),
    kernel: oneOf(['wasm', 'reference'], { default: 'wasm', meaning: 'code that computes signatures; same results' }),
  },
  profiles: {
    'datatrove-0.10': { hashing: 'datatrove-0.10', bands: 14, rows: 8, shingleWords: 5, seed: 1, verify: false },
    nemo: { shingleCharacters: 24, bands: 20, rows: 13, seed: 42, verify: false },
  },
  signals: {
    duplicateOf: { type: 'string', meaning: 'id of the document kept instead' },
    duplicateRun: { type: 'string', meaning: 'folder of the earlier run that holds it; missing where it is this one' },
    similarity: {
      type: 'number',
      meaning:
        'similarity to that document; without verify estimated from the shared bands, missing where none is shared',
    },
    clusterSize: {
      type: 'number',
      unit: 'documents',
      meaning: 'near-duplicates in the cluster, the kept one included',
    },
  },
  examples: [{ text: 'One document alone has nothing to be a duplicate of.', drop: null, signals: {} }],
  corpus: {
    collect(options) {
      const sign = createDocumentSigner(options)
      const member = new Uint8Array(MEMBER_BYTES)
      return ({ id, text, position }, emit) => {
        const signed = sign(text)
        if (signed === null) return
        const { shingles, signature } = signed
        writeUint32(member, 0, keepRank(options.keep, text.length))
        writePosition(member, 4, position)
        emitBands(signature, options, member, emit.record)
        emit.attach(encodeAttachment({ id, signature, shingles: options.verify ? shingleSet(shingles) : NO_SHINGLES }))
      }
    },
    rounds: [
      { name: 'candidates', partitions: 'key', reducer: () => candidateReducer() },
      { name: 'verify', partitions: 'key', reducer: verifyReducer },
      { name: 'components', partitions: 'key', repeat: COMPONENT_REPEAT, reducer: componentReducer },
      { name: 'label', partitions: 'key', also: 'components', reducer: () => labelReducer() },
      { name: 'cluster', partitions: 'key', reducer: clusterReducer },
    ],
    settle: () => (_document, bytes) => {
      if (bytes === undefined) return keep()
      const { clusterSize, similarity = Number.NaN, duplicateOf, duplicateRun = '' } = decodeDecision(bytes)
      if (duplicateOf === undefined) return keep({ clusterSize })
      const signals = { duplicateOf, clusterSize, ...(duplicateRun === '' ? {} : { duplicateRun }) }
      return drop('nearDuplicate', Number.isNaN(similarity) ? signals : { ...signals, similarity })
    },
    recall: {
      option: 'against',
      mismatch: hashingMismatch,
      idOf: (blob) => decodeAttachment(blob).id,
      records(options) {
        const member = new Uint8Array(MEMBER_BYTES)
        writeUint32(member, 0, EARLIER_RANK)
        return (blob, position, emit) => {
          writePosition(member, 4, position)
          emitBands(decodeAttachment(blob).signature, options, member, emit)
        }
      },
    },
    pairs: { from: 'cluster', decode: decodePair },
  },
})
