/**
 * Token shards: millions of tokens per CPU second on one core, ids in memory, bytes out, by format. Beside them, with
 * `--peers PYTHON` (one that has pyarrow; datatrove is tried where it is there), what Python's tools take to write the same.
 *
 *     npm run build && node bench/token-shards.js [--passes 5] [--peers PYTHON]
 *
 * One JSON line a figure, the least CPU time of the passes. Data (GPT-2 ids of web text) from MILLRACE_DATA.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

const { values } = parseArgs({ options: { passes: { type: 'string', default: '5' }, peers: { type: 'string' } } })
const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { arrowTokenEncoder } = await import(join(built, 'src/formats/tokens/arrow.js'))
const { flatTokenEncoder } = await import(join(built, 'src/formats/tokens/flat.js'))
const { megatronTokenEncoder } = await import(join(built, 'src/formats/tokens/megatron.js'))
const { loadZstd } = await import(join(built, 'src/io/zstd.js'))
const zstd = await loadZstd()

/** As often as makes a few million tokens. Copies compress better than a corpus would: bytes out say nothing for zstd. */
const COPIES = 25
const path = join(
  process.env.MILLRACE_DATA ?? resolve(import.meta.dirname, '../../shared/data'),
  'tokenizer/gpt2_encodings.jsonl.gz',
)
const rows = gunzipSync(readFileSync(path))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => Uint32Array.from(JSON.parse(line).gpt2_ids))
const documents = Array.from({ length: COPIES }, () => rows).flat()
const tokens = documents.reduce((sum, ids) => sum + ids.length, 0)

function timed(name, make) {
  let least = Number.POSITIVE_INFINITY
  let bytesOut = 0
  for (let pass = 0; pass < Number(values.passes); pass++) {
    bytesOut = 0
    const before = process.cpuUsage()
    const encoder = make((bytes) => {
      bytesOut += bytes.length
    })
    for (const [row, ids] of documents.entries()) encoder.add(`document ${row}`, ids)
    encoder.finish()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1e6)
  }
  console.log(JSON.stringify({ name, millionTokensPerSecond: Number((tokens / 1e6 / least).toFixed(1)), bytesOut }))
}

for (const sequenceLength of [null, 2048]) {
  const options = { vocabularySize: 50_257, endOfDocument: 50_256, sequenceLength, rest: 'keep' }
  const tokenizer = { name: 'gpt2', digest: '' }
  const kind = sequenceLength === null ? 'documents' : `packed to ${sequenceLength}`
  timed(`flat, ${kind}`, (write) =>
    flatTokenEncoder({ bin: write, index: write, json: write }, { ...options, tokenizer }),
  )
  timed(`megatron, ${kind}`, (write) => megatronTokenEncoder({ bin: write, idx: write }, options))
  timed(`arrow none, ${kind}`, (write) => arrowTokenEncoder(write, null, options))
  timed(`arrow zstd, ${kind}`, (write) => arrowTokenEncoder(write, zstd, options))
}

const PEERS = `
import gzip, io, json, sys, tempfile, time
import numpy as np, pyarrow as pa
rows = [json.loads(line)['gpt2_ids'] for line in gzip.open(sys.argv[1], 'rt')] * int(sys.argv[3])
tokens = sum(len(ids) for ids in rows)
pa.set_cpu_count(1); pa.set_io_thread_count(1)
def arrow():
    table = pa.table({'id': ['document %d' % i for i in range(len(rows))], 'input_ids': pa.array(rows, pa.list_(pa.int32())), 'length': [len(ids) for ids in rows]})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=pa.Codec('zstd', 1), use_threads=False)) as out:
        out.write_table(table, max_chunksize=4096)
    return sink.tell()
def arrays():
    # A NumPy array and its bytes a document, as Megatron's builder makes them.
    sink = io.BytesIO()
    for ids in rows:
        sink.write(np.array(ids, dtype=np.uint16).tobytes(order='C'))
    return sink.tell()
def datatrove():
    from datatrove.io import get_datafolder
    from datatrove.pipeline.tokens.tokenizer import TokenizedFile
    with tempfile.TemporaryDirectory() as folder:
        out = TokenizedFile(get_datafolder(folder), 'tokens.ds')
        for ids in rows:
            out.write(ids, None)
        out.close()
    return tokens * 2 + len(rows) * 8
for name, work in (('pyarrow arrow zstd', arrow), ('numpy arrays, uint16', arrays), ('datatrove flat', datatrove)):
    try:
        least = float('inf')
        for _ in range(int(sys.argv[2])):
            before = time.process_time(); made = work(); least = min(least, time.process_time() - before)
    except ImportError as error:
        print(json.dumps({'name': name, 'missing': str(error)}))
    else:
        print(json.dumps({'name': name, 'millionTokensPerSecond': round(tokens / 1e6 / least, 1), 'bytesOut': made}))
`
if (values.peers) {
  spawnSync(values.peers, ['-c', PEERS, path, values.passes, String(COPIES)], { stdio: 'inherit' })
}
