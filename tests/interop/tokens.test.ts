/**
 * Token shards opened by what trainers open them with: numpy for the flat and Megatron files, pyarrow and Hugging Face
 * datasets for Arrow. Needs MILLRACE_PYTHON, a Python with pyarrow (which brings numpy) and datasets.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TokenOptions, TokenRows } from '../../src/formats/tokens/rows.js'
import { loadZstd } from '../../src/io/zstd.js'
import { Random } from '../support/random.js'
import { arrowShard, flatShard, megatronShard, randomTokens, type TokenDocument } from '../support/token-shards.js'

const python = process.env.MILLRACE_PYTHON
if (!python) process.stderr.write('tests/interop/tokens.test.ts: skipped, MILLRACE_PYTHON is not set\n')

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-tokens-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a script and gives back the JSON that it prints last. Rows are digested as lines of JSON on both sides. */
function run(script: string, prefix: string): unknown {
  const prelude = `
import hashlib, json, sys
import numpy as np
def digest(rows):
    sha = hashlib.sha256()
    for row in rows:
        sha.update(json.dumps(row, ensure_ascii=False, separators=(',', ':')).encode() + b'\\n')
    return sha.hexdigest()
prefix = sys.argv[1]
`
  const env = {
    ...process.env,
    HF_HUB_OFFLINE: '1',
    HF_DATASETS_OFFLINE: '1',
    HF_HOME: join(folder, 'hf'),
    PYTHONUTF8: '1',
  }
  const out = execFileSync(python ?? 'python3', ['-c', prelude + script, prefix], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')
}

function digest(rows: readonly unknown[]): string {
  const sha = createHash('sha256')
  for (const row of rows) sha.update(`${JSON.stringify(row)}\n`)
  return sha.digest('hex')
}

function put(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  const prefix = join(folder, name)
  for (const [ending, bytes] of Object.entries(files)) writeFileSync(`${prefix}.${ending}`, bytes)
  return prefix
}

const VARIANTS: readonly (readonly [string, TokenOptions])[] = [
  ['of documents', { vocabularySize: 32_768, endOfDocument: 0, sequenceLength: null, rest: 'drop' }],
  [
    'of documents, large vocabulary',
    { vocabularySize: 200_000, endOfDocument: null, sequenceLength: null, rest: 'drop' },
  ],
  ['packed', { vocabularySize: 32_768, endOfDocument: 0, sequenceLength: 128, rest: 'drop' }],
  ['packed, large vocabulary', { vocabularySize: 200_000, endOfDocument: 0, sequenceLength: 128, rest: 'keep' }],
]

describe.skipIf(!python).each(VARIANTS)('token shards %s (needs MILLRACE_PYTHON)', (name, options) => {
  const documents: readonly TokenDocument[] = randomTokens(new Random(3), 900, options.vocabularySize)
  const rows: { ids: number[]; documents: string[]; lengths: number[]; offset: number }[] = []
  const maker = new TokenRows(options, ({ tokens, pieces }) =>
    rows.push({
      ids: [...tokens],
      documents: pieces.map(({ id }) => id),
      lengths: pieces.map(({ length }) => length),
      offset: pieces[0]?.offset ?? 0,
    }),
  )
  for (const { id, ids } of documents) maker.add(id, ids)
  const counts = maker.finish()

  it('as flat files are read by numpy, as nanoGPT and datatrove do', () => {
    const prefix = put(`flat ${name}`, { ...flatShard(documents, options).files })
    const script = `
about = json.load(open(prefix + '.json'))
tokens = np.memmap(prefix + '.bin', dtype=about['dtype'], mode='r')
ends = np.fromfile(prefix + '.index', dtype='<u8')
print(json.dumps({
    'about': [about['tokens'], about['documents']],
    'dtype': str(tokens.dtype),
    'tokens': digest([tokens.tolist()]),
    'documents': digest(d.tolist() for d in np.split(tokens, ends[:-1].astype(np.int64))),
}))`
    const whole: number[][] = []
    for (const row of rows) {
      let at = 0
      row.lengths.forEach((length, i) => {
        if (i > 0 || row.offset === 0) whole.push([])
        whole.at(-1)?.push(...row.ids.slice(at, at + length))
        at += length
      })
    }
    expect(run(script, prefix)).toEqual({
      about: [counts.tokens, counts.documents],
      dtype: options.vocabularySize <= 65_536 ? 'uint16' : 'uint32',
      tokens: digest([rows.flatMap(({ ids }) => ids)]),
      documents: digest(whole),
    })
  })

  it('as Megatron files are read by a reader of the published layout', () => {
    const prefix = put(`megatron ${name}`, { ...megatronShard(documents, options).files })
    // The layout from Megatron Core's documentation, read anew; what its IndexedDataset asserts is asserted here.
    const script = `
idx = open(prefix + '.idx', 'rb').read()
assert idx[:9] == b'MMIDIDX' + bytes(2)
head = np.frombuffer(idx, np.dtype([('version', '<u8'), ('code', 'u1'), ('sequences', '<u8'), ('documents', '<u8')]), 1, 9)[0]
assert head['version'] == 1
dtype = {1: 'u1', 2: 'i1', 3: '<i2', 4: '<i4', 5: '<i8', 6: '<f8', 7: '<f4', 8: '<u2'}[int(head['code'])]
n, d = int(head['sequences']), int(head['documents'])
at = 34
lengths = np.frombuffer(idx, '<i4', n, at); at += lengths.nbytes
pointers = np.frombuffer(idx, '<i8', n, at); at += pointers.nbytes
documents = np.frombuffer(idx, '<i8', d, at); at += documents.nbytes
assert at == len(idx)
assert documents[0] == 0 and documents[-1] == n and (np.diff(documents) >= 0).all()
data = np.memmap(prefix + '.bin', mode='r', order='C')
sequences = [np.frombuffer(data, dtype, int(l), int(p)).tolist() for l, p in zip(lengths, pointers)]
assert int(pointers[-1]) + int(lengths[-1]) * np.dtype(dtype).itemsize == len(data)
print(json.dumps({'dtype': dtype, 'documents': d - 1, 'sequences': digest(sequences)}))`
    expect(run(script, prefix)).toEqual({
      dtype: options.vocabularySize < 65_500 ? '<u2' : '<i4',
      documents: rows.length,
      sequences: digest(rows.map(({ ids }) => ids)),
    })
  })

  it('as Arrow load in Hugging Face datasets with the types that trainers expect', async () => {
    const prefix = put(`arrow ${name}`, { arrow: arrowShard(documents, options, await loadZstd()).bytes })
    const script = `
from datasets import load_dataset, disable_progress_bars
disable_progress_bars()
data = load_dataset('arrow', data_files=[prefix + '.arrow'], split='train')
batch = data.with_format('numpy')[:2]
print(json.dumps({
    'columns': data.column_names,
    'type': data.features['input_ids'].feature.dtype,
    'numpy': str(batch['input_ids'][0].dtype),
    'rows': digest([r['input_ids'], r['length']] + ([json.loads(r['ids']), r['seq_lengths'], r['offset']] if 'ids' in r else [r['id']]) for r in data),
}))`
    const isPacked = options.sequenceLength !== null
    expect(run(script, prefix)).toEqual({
      columns: isPacked ? ['ids', 'offset', 'input_ids', 'length', 'seq_lengths'] : ['id', 'input_ids', 'length'],
      type: 'int32',
      numpy: 'int64',
      rows: digest(
        rows.map((row) => [
          row.ids,
          row.ids.length,
          ...(isPacked ? [row.documents, row.lengths, row.offset] : row.documents),
        ]),
      ),
    })
  })
})
