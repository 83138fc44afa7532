/**
 * Compiles every src/kernels/NAME/assembly.ts with AssemblyScript to dist/src/kernels/NAME/assembly.wasm (SIMD, no runtime),
 * and lays a copy beside the source so that tests run from the sources find it too. Unchanged kernels are not built again.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const kernels = join(root, 'src/kernels')
for (const name of existsSync(kernels) ? readdirSync(kernels) : []) {
  const source = join(kernels, name, 'assembly.ts')
  if (!existsSync(source)) continue
  const output = join(root, 'dist/src/kernels', name, 'assembly.wasm')
  const beside = join(kernels, name, 'assembly.wasm')
  const fresh = (file) => existsSync(file) && statSync(file).mtimeMs >= statSync(source).mtimeMs
  if (fresh(output) && fresh(beside)) continue
  mkdirSync(dirname(output), { recursive: true })
  const args = [source, '-o', output, '-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert']
  const { error, stderr } = await asc.main([...args, '--baseDir', root])
  if (error) {
    process.stderr.write(`${name}: ${error.message}\n${stderr.toString()}\n`)
    process.exit(1)
  }
  writeFileSync(beside, readFileSync(output))
}
