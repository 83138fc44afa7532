/**
 * Compiles every src/kernels/NAME/assembly.ts with AssemblyScript to dist/src/kernels/NAME/assembly.wasm (SIMD, no runtime),
 * and lays a copy beside the source so that tests run from the sources find it too. Kernels of which no source has changed,
 * imported ones included, are not built again. `node scripts/build-kernels.js [NAME…]` builds all, or those named.
 * A kernel's asconfig.json, where there is one, says more: a shared memory, say.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const kernels = join(root, 'src/kernels')

/** The file and all that it imports, however far. */
function sourcesOf(file, found = new Set()) {
  if (found.has(file)) return found
  found.add(file)
  for (const [, name] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\b[^'"]*\bfrom\s+['"](\.[^'"]+)['"]/gm,
  )) {
    sourcesOf(`${resolve(dirname(file), name)}.ts`, found)
  }
  return found
}

const named = process.argv.slice(2)
for (const name of named.length > 0 ? named : readdirSync(kernels)) {
  const source = join(kernels, name, 'assembly.ts')
  if (!existsSync(source)) continue
  const output = join(root, 'dist/src/kernels', name, 'assembly.wasm')
  const beside = join(kernels, name, 'assembly.wasm')
  const config = join(kernels, name, 'asconfig.json')
  const sources = [...sourcesOf(source), ...(existsSync(config) ? [config] : [])]
  const changed = Math.max(...sources.map((file) => statSync(file).mtimeMs))
  const fresh = (file) => existsSync(file) && statSync(file).mtimeMs >= changed
  if (fresh(output) && fresh(beside)) continue
  mkdirSync(dirname(output), { recursive: true })
  // Under a name of its own first: a reader never meets half a file.
  const attempt = `${output}.${process.pid}`
  const args = [source, '-o', attempt, '-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert']
  if (existsSync(config)) args.push('--config', config)
  const { error, stderr } = await asc.main([...args, '--baseDir', root])
  if (error) {
    process.stderr.write(`${name}: ${error.message}\n${stderr.toString()}\n`)
    process.exit(1)
  }
  renameSync(attempt, output)
  writeFileSync(`${beside}.${process.pid}`, readFileSync(output))
  renameSync(`${beside}.${process.pid}`, beside)
}
