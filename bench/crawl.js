/**
 * A crawl of a generated site on loopback, politeness off, beside `wget --mirror --warc-file` on the same server: pages a second.
 *
 *   npm run build && node bench/crawl.js [PAGES] [PASSES]      # 5,000 pages, 3 passes by default
 *
 * One JSON line a figure, the least wall time of the passes, which take turns. The server is a process of its own, and shares the
 * machine with the one that asks.
 */
import { execFileSync, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

const serving = process.argv[2] === '--serve'
const pages = Number(process.argv[serving ? 3 : 2] ?? 5000)
const passes = Number(serving ? 0 : (process.argv[3] ?? 3))
const main = resolve(import.meta.dirname, '../dist/src/cli/main.js')

const WORDS =
  'river stone harbor light winter letter garden engine market silver window captain summer bridge number'.split(' ')

/** About 9 kB: a menu that is the same everywhere, prose of its own, links down a tree and across. */
function page(at) {
  let state = (at + 1) * 2_654_435_761
  const random = (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 1_013_904_223) >>> 0
    return state % below
  }
  const menu = Array.from({ length: 15 }, (_, one) => `<li><a href="/p/${one}">Section ${one}</a></li>`).join('\n')
  const prose = Array.from({ length: 20 }, () => {
    return `<p>${Array.from({ length: 60 }, () => WORDS[random(WORDS.length)]).join(' ')}.</p>`
  }).join('\n')
  const down = [1, 2, 3, 4, 5].map((step) => at * 5 + step).filter((child) => child < pages)
  const across = Array.from({ length: 5 }, () => random(pages))
  const links = [...down, ...across].map((to) => `<li><a class="more" href="/p/${to}">Page ${to}</a></li>`).join('\n')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page ${at}</title></head><body><nav><ul>${menu}</ul></nav>
<main><h1>Page ${at}</h1>${prose}<ul>${links}</ul></main></body></html>`
}

if (serving) serve()
else await bench()

function serve() {
  const bodies = new Map()
  const server = createServer((request, response) => {
    const at = request.url === '/' ? 0 : Number(/^\/p\/(\d+)$/.exec(request.url)?.[1] ?? Number.NaN)
    if (!(at < pages)) return response.writeHead(404).end()
    if (!bodies.has(at)) bodies.set(at, Buffer.from(page(at)))
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(bodies.get(at))
  })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
}

async function bench() {
  const server = fork(new URL(import.meta.url), ['--serve', String(pages)])
  const port = await new Promise((done) => server.once('message', done))
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  const best = new Map()
  try {
    for (let pass = 0; pass < passes; pass++) {
      for (const [name, run] of Object.entries(crawlers(port))) {
        const place = join(folder, `${name.replaceAll(/\W+/g, '-')}-${pass}`)
        mkdirSync(place)
        const { command, cwd } = run(place)
        const figure = { crawler: name, ...timed(command, cwd), ...written(place) }
        if (figure.responses < pages) throw new Error(`${name}: expected ${pages} pages, got ${figure.responses}`)
        if (figure.seconds < (best.get(name)?.seconds ?? Number.POSITIVE_INFINITY)) best.set(name, figure)
      }
    }
  } finally {
    server.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  const peer = best.get('wget --mirror')
  for (const figure of best.values()) {
    const rate = (pages / figure.seconds).toFixed(0)
    const ratio = (peer.seconds / figure.seconds).toFixed(2)
    process.stdout.write(`${JSON.stringify({ ...figure, pagesPerSecond: Number(rate), ratioToWget: Number(ratio) })}\n`)
  }
}

function crawlers(port) {
  const millrace = (connectionsPerHost) => (place) => {
    const config = join(place, 'bench.yaml')
    const fetch = { connections: connectionsPerHost }
    const values = {
      contact: 'bench@crawl.example',
      seeds: [`http://127.0.0.1:${port}/`],
      scope: { allowPrivate: ['127.0.0.1/32'], ports: [port] },
      politeness: { delaySeconds: 0, connectionsPerHost },
      fetch,
      output: { warc: place },
    }
    writeFileSync(config, JSON.stringify(values)) // JSON is YAML
    return { command: [process.execPath, main, 'crawl', config, '--quiet'], cwd: place }
  }
  const wget = (place) => {
    const options = ['--mirror', '--warc-file=bench', '--no-verbose', '-o', 'log']
    return { command: ['wget', ...options, `http://127.0.0.1:${port}/`], cwd: place }
  }
  return { 'wget --mirror': wget, 'millrace, 1 connection': millrace(1), 'millrace, 8 connections': millrace(8) }
}

/** Wall and CPU seconds of a command and its children. */
function timed(command, cwd) {
  const quoted = command.map((part) => `'${part}'`).join(' ')
  // wget ends with 8 when robots.txt is not there.
  const script = `TIMEFORMAT='%R %U %S'; time (${quoted} > out 2> err || [ $? = 8 ])`
  const text = execFileSync('bash', ['-c', `{ ${script} ; } 2>&1`], { cwd, encoding: 'utf8' })
  const [real = 0, user = 0, system = 0] = text.trim().split(/\s+/).map(Number)
  return { seconds: real, cpuSeconds: Number((user + system).toFixed(2)) }
}

/** What is in the archives. */
function written(place) {
  const files = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.warc.gz'))
  const bytes = files.map((name) => readFileSync(join(place, name)))
  const text = bytes.map((one) => gunzipSync(one).toString('latin1')).join('')
  const responses = text.match(/^WARC-Type: response\r$/gm)?.length ?? 0
  return { responses, warcMegabytes: Number((bytes.reduce((sum, one) => sum + one.length, 0) / 1e6).toFixed(1)) }
}
