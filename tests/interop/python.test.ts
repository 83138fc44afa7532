/**
 * Our files opened with the ecosystem's own readers, which is the only proof that they can be: a reader of our own would
 * share our mistakes. Needs MILLRACE_PYTHON, a Python with pyarrow, datasets and duckdb; polars is tried where it is there.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ArrowWriter } from '../../src/formats/arrow/writer.js'
import { documentRow } from '../../src/formats/document-row.js'
import { loadZstd } from '../../src/io/zstd.js'
import writeArrow from '../../stages/write-arrow.js'
import writeJsonl from '../../stages/write-jsonl.js'
import writeParquet from '../../stages/write-parquet.js'
import { encode, ODD, PLAIN, randomDocuments } from '../support/documents.js'

const python = process.env.MILLRACE_PYTHON
if (!python) process.stderr.write('tests/interop/python.test.ts: skipped, MILLRACE_PYTHON is not set\n')

/** Several batches, one of them a single huge text. */
const DOCUMENTS = [
  ...ODD,
  ...randomDocuments(1, 4_200),
  { ...PLAIN, id: 'huge', text: 'A huge text. é 😀 '.repeat(300_000) },
  ...randomDocuments(2, 50),
]
const ROWS = DOCUMENTS.map(documentRow)

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function put(name: string, parts: readonly Uint8Array[]): string {
  const path = join(folder, name)
  writeFileSync(path, Buffer.concat(parts))
  return path
}

const PRELUDE = `
import hashlib, json, sys, os
def digest(rows):
    sha = hashlib.sha256()
    for row in rows:
        sha.update(json.dumps(row, ensure_ascii=False, separators=(',', ':')).encode() + b'\\n')
    return sha.hexdigest()
`

/** Runs a script and gives back the JSON that it prints last. */
function run(script: string, ...args: string[]): unknown {
  const env = {
    ...process.env,
    HF_HUB_OFFLINE: '1',
    HF_DATASETS_OFFLINE: '1',
    HF_HOME: join(folder, 'hf'),
    PYTHONUTF8: '1',
  }
  const out = execFileSync(python ?? 'python3', ['-c', PRELUDE + script, ...args], {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')
}

/** The same as Python's `digest`: a line of JSON a row, by the columns' order. */
function digest(rows: readonly object[]): string {
  const sha = createHash('sha256')
  for (const row of rows) sha.update(`${JSON.stringify(row)}\n`)
  return sha.digest('hex')
}

const TYPES = ['id', 'url', 'text', 'date', 'language', 'file']
  .map((name) => [name, 'string', false])
  .concat([
    ['offset', 'int64', false],
    ['length', 'int64', false],
    ['metadata', 'string', false],
  ])

describe.skipIf(!python).each(['zstd', 'none'] as const)(
  'an Arrow shard, compression %s (needs MILLRACE_PYTHON)',
  (compression) => {
    let path = ''
    beforeAll(async () => {
      path = put(`${compression}.arrow`, encode(await writeArrow.write.prepare({ compression }), DOCUMENTS))
    })

    it('opens in pyarrow, read and mapped', async () => {
      const script = `
import pyarrow as pa
out = []
for source in (sys.argv[1], pa.memory_map(sys.argv[1])):
    table = pa.ipc.open_file(source).read_all()
    table.validate(full=True)
    fields = [[f.name, str(f.type), f.nullable] for f in table.schema]
    out.append({'fields': fields, 'digest': digest(table.to_pylist())})
print(json.dumps(out))`
      const expected = { fields: TYPES, digest: digest(ROWS) }
      expect(run(script, path)).toEqual([expected, expected])
    })

    it('opens in pyarrow as the stream that it holds', () => {
      const script = `
import pyarrow as pa
file = open(sys.argv[1], 'rb')
file.seek(8)
print(pa.ipc.open_stream(file).read_all().num_rows)`
      expect(run(script, path)).toBe(DOCUMENTS.length)
    })

    it('loads in Hugging Face datasets, offline', async () => {
      const script = `
from datasets import load_dataset, disable_progress_bars
disable_progress_bars()
data = load_dataset('arrow', data_files=[sys.argv[1]], split='train')
print(json.dumps({'types': {k: v.dtype for k, v in data.features.items()}, 'digest': digest(data)}))`
      expect(run(script, path)).toEqual({
        types: Object.fromEntries(TYPES.map(([name, type]) => [name, type])),
        digest: digest(ROWS),
      })
    })

    it('opens in Polars, where it is installed', async (context) => {
      const script = `
try:
    import polars
except ImportError:
    print('null')
else:
    print(json.dumps(digest(polars.read_ipc(sys.argv[1]).to_dicts())))`
      const got = run(script, path)
      if (got === null) context.skip('polars is not installed')
      expect(got).toBe(digest(ROWS))
    })
  },
)

describe.skipIf(!python).each(['zstd', 'none'] as const)(
  'an Arrow table of all types, compression %s (needs MILLRACE_PYTHON)',
  (compression) => {
    it('opens in pyarrow, nulls included', async () => {
      const rows = Array.from({ length: 5_000 }, (_, i) => ({
        text: i % 2 === 0 ? `text ${i}` : null,
        bytes: i % 3 === 0 ? Uint8Array.of(i & 255, 0) : null,
        flag: i % 5 === 0 ? null : i % 4 === 0,
        count: i % 7 === 0 ? null : (i - 2_500) * 2 ** 40,
        small: i % 11 === 0 ? null : i * 800_000,
        score: i % 13 === 0 ? null : i / 8,
      }))
      const parts: Uint8Array[] = []
      const types = {
        text: 'utf8',
        bytes: 'binary',
        flag: 'bool',
        count: 'int64',
        small: 'uint32',
        score: 'float64',
      } as const
      const columns = Object.entries(types).map(([name, type]) => ({ name, type, nullable: true }))
      const writer = new ArrowWriter(columns, (b) => parts.push(b), compression === 'zstd' ? await loadZstd() : null)
      for (const row of rows) writer.add(row)
      writer.finish()
      const script = `
import pyarrow as pa
table = pa.ipc.open_file(sys.argv[1]).read_all()
table.validate(full=True)
rows = [dict(r, bytes=None if r['bytes'] is None else list(r['bytes']), score=None if r['score'] is None else int(r['score'] * 8)) for r in table.to_pylist()]
print(json.dumps({'types': [str(f.type) for f in table.schema], 'digest': digest(rows)}))`
      const expected = rows.map((r) => ({
        ...r,
        bytes: r.bytes === null ? null : [...r.bytes],
        score: r.score === null ? null : r.score * 8,
      }))
      expect(run(script, put(`types-${compression}.arrow`, parts))).toEqual({
        types: ['string', 'binary', 'bool', 'int64', 'uint32', 'double'],
        digest: digest(expected),
      })
    })
  },
)

describe.skipIf(!python).each(['zstd', 'none'] as const)(
  'an Arrow table of lists, compression %s (needs MILLRACE_PYTHON)',
  (compression) => {
    const rows = Array.from({ length: 9_000 }, (_, i) => ({
      ids: Int32Array.from({ length: i % 7 }, (_, k) => i * 200_000 + k),
      maybe: i % 5 === 0 ? null : Uint32Array.of(2 ** 32 - 1 - i, i),
      scores: i % 11 === 0 ? null : Float32Array.of(-i / 8, 0.5),
      name: `row ${i}`,
    }))
    // One list makes a batch of its own.
    rows[5_000] = { ids: new Int32Array(3_000_000).fill(7), maybe: null, scores: null, name: 'huge' }
    const columns = [
      { name: 'ids', type: 'list<int32>' },
      { name: 'maybe', type: 'list<uint32>', nullable: true },
      { name: 'scores', type: 'list<float32>', nullable: true },
      { name: 'name', type: 'utf8' },
    ] as const
    const numbers = (list: Iterable<number> | null, factor = 1) =>
      list === null ? null : Array.from(list, (x) => x * factor)
    // Scores as eighths, because JSON of Python writes 1.0 where JavaScript writes 1.
    const expected = digest(
      rows.map((row) => ({ ...row, ids: numbers(row.ids), maybe: numbers(row.maybe), scores: numbers(row.scores, 8) })),
    )
    const asRow = `
def rows(dicts):
    for r in dicts:
        scores = None if r['scores'] is None else [int(x * 8) for x in r['scores']]
        yield {'ids': list(r['ids']), 'maybe': r['maybe'], 'scores': scores, 'name': r['name']}
`
    let path = ''
    beforeAll(async () => {
      const parts: Uint8Array[] = []
      const writer = new ArrowWriter(columns, (b) => parts.push(b), compression === 'zstd' ? await loadZstd() : null)
      for (const row of rows) writer.add(row)
      writer.finish()
      path = put(`lists-${compression}.arrow`, parts)
    })

    it('opens in pyarrow, read and mapped', () => {
      const script = `${asRow}
import pyarrow as pa
out = []
for source in (sys.argv[1], pa.memory_map(sys.argv[1])):
    table = pa.ipc.open_file(source).read_all()
    table.validate(full=True)
    out.append({'types': [[str(f.type), f.nullable] for f in table.schema], 'digest': digest(rows(table.to_pylist()))})
print(json.dumps(out))`
      const types = [
        ['list<item: int32>', false],
        ['list<item: uint32>', true],
        ['list<item: float>', true],
        ['string', false],
      ]
      expect(run(script, path)).toEqual([
        { types, digest: expected },
        { types, digest: expected },
      ])
    })

    it('loads in Hugging Face datasets, offline', () => {
      const script = `${asRow}
from datasets import load_dataset, disable_progress_bars
disable_progress_bars()
data = load_dataset('arrow', data_files=[sys.argv[1]], split='train')
types = {k: v.feature.dtype for k, v in data.features.items() if k != 'name'}
print(json.dumps({'types': types, 'digest': digest(rows(data))}))`
      expect(run(script, path)).toEqual({
        types: { ids: 'int32', maybe: 'uint32', scores: 'float32' },
        digest: expected,
      })
    })

    it('is queried by DuckDB through pyarrow', () => {
      const script = `${asRow}
import duckdb, pyarrow as pa
shard = pa.ipc.open_file(sys.argv[1]).read_all()
cursor = duckdb.connect().execute('select ids, maybe, scores, name from shard')
names = [d[0] for d in cursor.description]
print(json.dumps({'types': [str(d[1]) for d in cursor.description], 'digest': digest(rows(dict(zip(names, r)) for r in cursor.fetchall()))}))`
      expect(run(script, path)).toEqual({
        types: ['INTEGER[]', 'UINTEGER[]', 'FLOAT[]', 'VARCHAR'],
        digest: expected,
      })
    })

    it('opens in Polars, where it is installed', (context) => {
      const script = `${asRow}
try:
    import polars
except ImportError:
    print('null')
else:
    print(json.dumps(digest(rows(polars.read_ipc(sys.argv[1]).to_dicts()))))`
      const got = run(script, path)
      if (got === null) context.skip('polars is not installed')
      expect(got).toBe(expected)
    })
  },
)

describe.skipIf(!python).each(['zstd', 'none'] as const)(
  'a Parquet shard, compression %s (needs MILLRACE_PYTHON)',
  (compression) => {
    let path = ''
    beforeAll(async () => {
      path = put(`${compression}.parquet`, encode(await writeParquet.write.prepare({ compression }), DOCUMENTS))
    })

    it('opens in DuckDB with the same rows', async () => {
      const script = `
import duckdb
cursor = duckdb.connect().execute("select * from read_parquet(?, file_row_number = true) order by file_row_number", [sys.argv[1]])
names = [d[0] for d in cursor.description][:9]
print(json.dumps(digest(dict(zip(names, row)) for row in cursor.fetchall())))`
      expect(run(script, path)).toBe(digest(ROWS))
    })

    it('opens in pyarrow with the same rows and types', async () => {
      const script = `
import pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
table.validate(full=True)
print(json.dumps({'fields': [[f.name, str(f.type), f.nullable] for f in table.schema], 'digest': digest(table.to_pylist())}))`
      expect(run(script, path)).toEqual({ fields: TYPES, digest: digest(ROWS) })
    })
  },
)

describe.skipIf(!python).each(['gzip', 'none'] as const)(
  'a JSON Lines shard, compression %s (needs MILLRACE_PYTHON)',
  (compression) => {
    it("is read line by line with Python's own modules", async () => {
      const parts = encode(await writeJsonl.write.prepare({ compression }), DOCUMENTS)
      const script = `
import gzip
opened = gzip.open if sys.argv[1].endswith('.gz') else open
with opened(sys.argv[1], 'rt', encoding='utf-8', newline='\\n') as file:
    print(json.dumps(digest(json.loads(line) for line in file)))`
      const rows = ROWS.map((row) => ({ ...row, metadata: JSON.parse(row.metadata) }))
      expect(run(script, put(`lines.${writeJsonl.write.extension({ compression })}`, parts))).toBe(digest(rows))
    })
  },
)
