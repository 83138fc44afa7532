/**
 * onnxruntime-node is optional, and so are devices: tests that need one skip by name without it. WebGPU runs on SwiftShader,
 * a Vulkan driver for the CPU: MILLRACE_SWIFTSHADER names the folder with vk_swiftshader_icd.json and its libraries, out of
 * Debian's package chromium-common. Its variables must be there before a process starts, hence the child.
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { delimiter, join, resolve } from 'node:path'

export const hasOnnxRuntime = canResolve('onnxruntime-node')

const folder = process.env.MILLRACE_SWIFTSHADER ?? ''
/** Variables for a process that is to find SwiftShader; null without it. */
export const swiftShader: NodeJS.ProcessEnv | null =
  hasOnnxRuntime && folder !== ''
    ? {
        VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
        LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH ?? ''].filter((part) => part !== '').join(delimiter),
      }
    : null

export interface ChildRequest {
  /** File of the model. */
  readonly path: string
  readonly device: string
  readonly rows: readonly (readonly number[])[]
  /** The built back end; by default that of dist/. */
  readonly module?: string
}

export interface ChildAnswer {
  readonly numbers?: readonly (readonly number[])[]
  readonly error?: string
}

const script = resolve(import.meta.dirname, 'onnx-child.js')
const built = resolve(import.meta.dirname, '../../dist/src/neural/onnx-model.js')

export function scoreInChild(request: ChildRequest, env: NodeJS.ProcessEnv): Promise<ChildAnswer> {
  const child = spawn(process.execPath, [script], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdin.end(JSON.stringify({ module: built, ...request }))
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code, signal) => {
      if (code !== 0) fail(new Error(`exit ${code ?? signal}: ${Buffer.concat(stderr)}`))
      else done(JSON.parse(Buffer.concat(stdout).toString()))
    })
  })
}

function canResolve(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}
