/**
 * datatrove 0.10.1's signatures: values taken from it once (its parameters, hashes and a document), and, where it is installed,
 * every candidate pair of the gold documents. Needs MILLRACE_DATA and MILLRACE_PEERS_PYTHON for the latter.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  createDatatroveSigner,
  datatroveParameters,
  datatroveShingles,
  simplifyText,
} from '../../src/dedup/datatrove.js'
import { MersenneTwister } from '../../src/dedup/mersenne-twister.js'
import { createMinhash64 as createKernel } from '../../src/kernels/minhash64/index.js'
import { createMinhash64 as createReference } from '../../src/kernels/minhash64/reference.js'
import { runCorpusInMemory } from '../../src/stage/corpus-in-memory.js'
import stage from '../../stages/dedup-minhash.js'
import { dataFolder, dataPath } from '../support/data.js'
import { documentOf, optionsOf, RESOURCES } from '../support/dedup.js'
import { Random } from '../support/random.js'

test('MT19937: the published first values of seed 5489', () => {
  const random = new MersenneTwister(5489)
  const values = Array.from({ length: 1000 }, () => random.next32())
  expect(values.slice(0, 3)).toEqual([3499211612, 581869302, 3890346734])
  expect(new MersenneTwister(5489).below64(2n ** 61n - 2n) >= 0n).toBe(true)
})

test('parameters of seed 1', () => {
  const { factors, addends } = datatroveParameters(112, 1)
  expect([...factors.subarray(0, 3), factors[111]]).toEqual([
    775169054918279404n,
    1758426461858698313n,
    2109959069025162n,
    223865076026037746n,
  ])
  expect([...addends.subarray(0, 3), addends[111]]).toEqual([
    1062448801025099917n,
    1324811268927594100n,
    1217488311597731462n,
    1097409548522419201n,
  ])
})

test('text made simple, its shingles and its signature', () => {
  const text = 'The quick brown fox jumps over the lazy dog, 3.14 times on Monday; don\u2019t e-mail caf\u00e9.'
  const ascii = text.replace('\u2019', "'")
  const simple = 'the quick brown fox jumps over the lazy dog 0 times on monday don t e mail cafe'
  expect([simplifyText(text), simplifyText(ascii)]).toEqual([simple, simple])
  const shingles = datatroveShingles(text, 5)
  expect([shingles.length, shingles[0]]).toEqual([14, 12313522834835307089n])
  const signature = new BigUint64Array(112)
  createDatatroveSigner(112, 1)(shingles, signature)
  expect([signature[0], signature[1], signature[111]]).toEqual([
    208800411305895083n,
    238411279171201980n,
    144837045586374397n,
  ])
  expect(datatroveShingles('only four words here', 5).length).toBe(0)
})

test('kernel and reference are the same', () => {
  const random = new Random(3)
  const values = (count: number) => new BigUint64Array(random.bytes(count * 8).slice().buffer)
  const [factors, addends] = [values(13), values(13)]
  for (const count of [0, 1, 2, 100, 8192, 8193]) {
    const shingles = values(count)
    const [one, other] = [new BigUint64Array(13), new BigUint64Array(13)]
    createKernel(factors, addends)(shingles, one)
    createReference(factors, addends)(shingles, other)
    expect(one).toEqual(other)
  }
})

const python = process.env.MILLRACE_PEERS_PYTHON

const PEER = `
import gzip, hashlib, itertools, json, sys
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.utils.hashing import HashConfig
config = MinhashConfig(hash_config=HashConfig(hash_fc="sha1", precision=64), num_buckets=14, hashes_per_bucket=8, n_grams=5)
step = MinhashDedupSignature("unused", config=config)
for line in itertools.islice(gzip.open(sys.argv[1], "rt", encoding="utf-8"), int(sys.argv[2])):
    row = json.loads(line)
    shingles = step.get_shingles(row["text"])
    bands = step.get_signature(shingles) if shingles.size else []
    print(row["id"], *(",".join(map(str, band)) for band in bands))
`

/** Of 4,024, which takes a minute: all have the same bands too. */
const DOCUMENTS = 800

const needs = 'needs MILLRACE_DATA and MILLRACE_PEERS_PYTHON, a Python with datatrove 0.10.1'
describe.skipIf(!dataFolder || !python)(`beside datatrove (${needs})`, () => {
  test('profile datatrove-0.10: the same bands of every document, so the same candidate pairs', async () => {
    const file = dataPath('dedup/docs.jsonl.gz')
    const told = execFileSync(String(python), ['-c', PEER, file, String(DOCUMENTS)], { maxBuffer: 2 ** 28 }).toString()
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')
    const documents = lines.slice(0, DOCUMENTS).map((line) => documentOf(JSON.parse(line)))
    const options = optionsOf(stage, { ...stage.profiles?.['datatrove-0.10'] })
    const { rounds } = await runCorpusInMemory(stage.corpus, options, RESOURCES, documents)
    const own = buckets(
      Array.from(rounds[0].records, ({ key, value }) => {
        const row = new DataView(value.buffer, value.byteOffset).getUint32(8)
        return [Buffer.from(key).toString('hex'), documents[row].id]
      }),
    )
    const theirs = buckets(
      told
        .trimEnd()
        .split('\n')
        .flatMap((line) => {
          const [id, ...bands] = line.split(' ')
          return bands.map((band, number) => [`${number} ${band}`, id])
        }),
    )
    expect(own.size).toBeGreaterThan(800)
    expect([...own.values()].sort()).toEqual([...theirs.values()].sort())
  }, 120_000)
})

/** The members of each bucket, as a text: two groupings are equal when these are. */
function buckets(pairs: Iterable<string[]>): Map<string, string> {
  const members = new Map<string, string[]>()
  for (const [key, id] of pairs) {
    if (!members.has(key)) members.set(key, [])
    members.get(key)?.push(id)
  }
  const digest = (ids: string[]) => createHash('md5').update(ids.sort().join(' ')).digest('hex')
  return new Map([...members].map(([key, ids]) => [key, digest(ids)]))
}
