/** Removes documents that share a URL, then documents that share their whole text. */
import { decodeExactDecision, exactKey, exactRecord, exactReducer, loneKey, normalizeText } from '../src/dedup/exact.js'
import { keepRank, MEMBER_BYTES, writePosition, writeUint32 } from '../src/dedup/records.js'
import { urlKey } from '../src/dedup/url.js'
import { ConfigError } from '../src/errors/errors.js'
import { listOf, oneOf } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage } from '../src/stage/stage.js'

const REASONS = { url: 'duplicateUrl', text: 'duplicateText' } as const

export default defineStage({
  kind: 'corpus',
  summary: 'drop documents with the URL or the text of another one',
  source: 'URL keys after the SURT canonicalization of web archives; text by SHA-256',
  options: {
    by: listOf<'url' | 'text'>(oneOf(['url', 'text'], { meaning: 'a key' }), {
      default: ['url', 'text'],
      meaning: 'what makes a duplicate, in order: the second is looked at among the survivors of the first',
    }),
    text: oneOf(['raw', 'normalized'], {
      default: 'raw',
      meaning: 'texts equal to the byte, or equal after NFC, lower case, and white space made single spaces',
    }),
    keep: oneOf(['first', 'longest'], {
      default: 'first',
      meaning: 'which duplicate stays: the first in the input, or the longest text',
    }),
  },
  signals: { duplicateOf: { type: 'string', meaning: 'id of the document kept instead' } },
  examples: [
    { text: 'One document alone is nobody\u2019s duplicate.', url: 'https://example.org/', drop: null, signals: {} },
    { text: '', drop: null },
  ],
  corpus: {
    collect(options) {
      const [first, second] = options.by
      if (first === undefined || options.by.length > 2 || first === second) {
        throw new ConfigError(`dedup-exact: by: expected url, text or both, got [${options.by.join(', ')}]`)
      }
      const member = new Uint8Array(MEMBER_BYTES)
      const encoder = new TextEncoder()
      return ({ id, url, text, position }, emit) => {
        writeUint32(member, 0, keepRank(options.keep, text.length))
        writePosition(member, 4, position)
        const keyOf = (by: 'url' | 'text'): Uint8Array => {
          const content = by === 'url' ? urlKey(url) : options.text === 'raw' ? text : normalizeText(text)
          return content.trim() === '' ? loneKey(member) : exactKey(content)
        }
        const nextKey = second === undefined ? loneKey(member) : keyOf(second)
        emit.record(keyOf(first), exactRecord(member, nextKey, encoder.encode(id)))
      }
    },
    rounds: [
      { name: 'first', partitions: 'key', reducer: ({ by }) => exactReducer(0, by.length > 1) },
      { name: 'second', partitions: 'key', reducer: () => exactReducer(1, false) },
    ],
    settle: (options) => (_document, decision) => {
      if (decision === undefined) return keep()
      const { round, duplicateOf } = decodeExactDecision(decision)
      return drop(REASONS[options.by[round] ?? 'text'], { duplicateOf })
    },
  },
})
