/**
 * Encoding with GPT-2's vocabulary: MB of UTF-8 a CPU second of one thread, JavaScript strings in, each text once (first pass)
 * and again; English and the rest apart. Beside it tiktoken and Hugging Face tokenizers, with `--peers PYTHON` (one that has
 * both): passes of all sides take turns, so that all meet the same load, and the ids of both sides are compared.
 *
 *     npm run build && node bench/tokenizer-encode.js FOLDER [--rounds 5] [--peers PYTHON]
 *
 * FOLDER holds text/corpus.jsonl.gz, tokenizer/gpt2_vocab.json.gz and tokenizer/gpt2_merges.txt.gz. Every round is a process of
 * its own, so its first pass is one: start-up and reading of files are not counted, on either side.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { readGpt2Files } from '../dist/src/tokenizer/gpt2-files.js'
import { Tokenizer } from '../dist/src/tokenizer/tokenizer.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, peers: { type: 'string' }, round: { type: 'boolean' } },
})
const [folder] = positionals

/** CPU milliseconds of some work, and what it gave. */
function timed(work) {
  const start = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(start)
  return { ms: (user + system) / 1e3, result }
}

/** One process's figures: `{name: {mbPerCpuSecond, tokens}}`, and a digest of all ids. */
function round() {
  const read = (name) => gunzipSync(readFileSync(join(folder, name))).toString()
  const rows = read('text/corpus.jsonl.gz')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const [vocab, merges] = [read('tokenizer/gpt2_vocab.json.gz'), read('tokenizer/gpt2_merges.txt.gz')]
  const opening = timed(() => new Tokenizer(readGpt2Files(vocab, merges, 'gpt2'), 'gpt2'))
  const tokenizer = opening.result
  const figures = {}
  const pass = (name, texts) => {
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    const { ms, result } = timed(() => texts.reduce((sum, text) => sum + tokenizer.encode(text).length, 0))
    figures[name] = { mbPerCpuSecond: bytes / 1e3 / ms, tokens: result }
  }
  const all = rows.map((row) => row.text)
  pass('all, first pass', all)
  pass('all, again', all)
  for (const [name, isWanted] of [
    ['English', (row) => row.lang === 'en'],
    ['the rest', (row) => row.lang !== 'en'],
  ]) {
    pass(
      name,
      rows.filter(isWanted).map((row) => row.text),
    )
  }
  const hash = createHash('sha256')
  for (const text of all) hash.update(tokenizer.encode(text))
  return { opening: opening.ms, figures, digest: hash.digest('hex') }
}

if (values.round) {
  console.log(JSON.stringify({ millrace: round() }))
} else {
  const script = new URL('./tokenizer-encode.py', import.meta.url).pathname
  const run = (command, args) => {
    const { status, stdout } = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 })
    if (status !== 0) throw new Error(`${command} ended with ${status}`)
    return JSON.parse(stdout.toString())
  }
  const rounds = Array.from({ length: Number(values.rounds) }, () => ({
    ...run(process.execPath, [process.argv[1], folder, '--round']),
    ...(values.peers ? run(values.peers, [script, folder]) : {}),
  }))
  const sides = Object.keys(rounds[0])
  const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]
  const digests = new Set(rounds.flatMap((result) => sides.map((side) => result[side].digest)))
  for (const name of Object.keys(rounds[0].millrace.figures)) {
    const row = { pass: name, tokens: rounds[0].millrace.figures[name].tokens }
    for (const side of sides) {
      row[side] = Number(median(rounds.map((result) => result[side].figures[name].mbPerCpuSecond)).toFixed(1))
    }
    if (values.peers) {
      const ratios = rounds.map(
        (result) => result.millrace.figures[name].mbPerCpuSecond / result.tiktoken.figures[name].mbPerCpuSecond,
      )
      row.timesTiktoken = Number(median(ratios).toFixed(2))
    }
    console.log(JSON.stringify(row))
  }
  const opening = Object.fromEntries(
    sides.map((side) => [side, Math.round(median(rounds.map((result) => result[side].opening)))]),
  )
  console.log(JSON.stringify({ openingCpuMs: opening, sameIds: digests.size === 1 }))
}
