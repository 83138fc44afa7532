/**
 * What we use of onnxruntime-node (an optional peer dependency), in types of our own, and how it is loaded: only when a model
 * is opened, so that nobody needs it who does not use it. A device that is not there is a ConfigError that says what to do;
 * onnxruntime itself refuses a device that it can't open, and never takes another one instead.
 */
import { ConfigError, messageOf } from '../errors/errors.js'
import { ELEMENT, newOnnxFile } from './onnx-file.js'

export type OnnxDevice = 'cpu' | 'webgpu' | 'cuda'

export interface Tensor {
  readonly dims: readonly number[]
  readonly data: Float32Array | Uint16Array | BigInt64Array | Int32Array | Uint8Array
}

export type Feeds = Readonly<Record<string, Tensor>>

export interface Session {
  /** Computes in the calling thread, which waits for it; the promise only delays the start. */
  run(feeds: Feeds, outputs: readonly string[]): Promise<Readonly<Record<string, Tensor>>>
  endProfiling(): void
  release(): Promise<void>
}

export interface SessionOptions {
  readonly executionProviders: readonly [OnnxDevice]
  /** 4: nothing is printed, as what goes wrong is thrown too. */
  readonly logSeverityLevel: 4
  /** 0: as many as there are cores. */
  readonly intraOpNumThreads?: number
  /** A file named `profileFilePrefix`_TIME.json that says what ran where. */
  readonly enableProfiling?: boolean
  readonly profileFilePrefix?: string
  readonly enableMemPattern?: boolean
  /** Keys in parts: `{ session: { intra_op: { allow_spinning: '0' } } }` is session.intra_op.allow_spinning. */
  readonly extra?: ExtraOptions
}

export interface ExtraOptions {
  readonly [key: string]: string | ExtraOptions
}

export interface OnnxRuntime {
  readonly InferenceSession: { create(model: Uint8Array, options: SessionOptions): Promise<Session> }
  readonly Tensor: new (type: TensorType, data: Tensor['data'], dims: readonly number[]) => Tensor
  readonly env: { logLevel: string; readonly versions: { readonly node?: string } }
  listSupportedBackends(): readonly { readonly name: string }[]
}

export type TensorType = 'float32' | 'float16' | 'int64' | 'int32' | 'bool'

/** Held to by the peer dependency in package.json. */
const VERSION = '1.30.0'
const INSTALL = `ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@${VERSION}`
const NEEDS: Readonly<Record<OnnxDevice, string>> = {
  cpu: `the installation is broken: ${INSTALL}`,
  webgpu: 'it needs a driver for Vulkan (libvulkan.so.1 on Linux), Metal or Direct3D 12',
  cuda:
    'it needs Linux on x64, an NVIDIA driver, CUDA 12 with cuDNN 9 on the library path, and the CUDA provider, which the ' +
    `install script of onnxruntime-node@${VERSION} downloads (without ONNXRUNTIME_NODE_INSTALL=skip, and where npm runs scripts)`,
}

/** The runtime, after it has shown that it can open the device. Throws ConfigError without the package or the device. */
export async function loadOnnxRuntime(device: OnnxDevice): Promise<OnnxRuntime> {
  const runtime = await importRuntime()
  const devices = runtime.listSupportedBackends().map(({ name }) => name)
  if (!devices.includes(device)) {
    throw new ConfigError(
      `device ${device}: onnxruntime-node on ${process.platform}-${process.arch} has ${devices.join(', ')}`,
    )
  }
  try {
    const session = await runtime.InferenceSession.create(smallestModel(), {
      executionProviders: [device],
      logSeverityLevel: 4,
    })
    await session.release()
  } catch (error) {
    throw new ConfigError(`device ${device} can't be opened: ${firstLine(error)}; ${NEEDS[device]}`)
  }
  return runtime
}

async function importRuntime(): Promise<OnnxRuntime> {
  // Not a literal, as the compiler would then want the package to be there.
  const name: string = 'onnxruntime-node'
  try {
    const loaded = await import(name)
    const runtime: OnnxRuntime = loaded.default ?? loaded
    // What it prints below this is thrown too.
    runtime.env.logLevel = 'fatal'
    return runtime
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    throw new ConfigError(
      missing
        ? `neural models in ONNX need the package onnxruntime-node: ${INSTALL} (for device cuda without the variable)`
        : `onnxruntime-node can't be loaded on ${process.platform}-${process.arch}: ${firstLine(error)}`,
    )
  }
}

/** y = -x: tells a device that can't be opened from a model that can't. */
function smallestModel(): Uint8Array {
  return newOnnxFile({
    nodes: [{ operator: 'Neg', inputs: ['x'], output: 'y' }],
    inputs: [{ name: 'x', elementType: ELEMENT.float32, shape: [1] }],
    outputs: [{ name: 'y', elementType: ELEMENT.float32, shape: [1] }],
  })
}

/** What onnxruntime says, without the place in its sources and the condition there. */
export function firstLine(error: unknown): string {
  const [line = ''] = messageOf(error).split('\n', 1)
  return (line.split(' was false. ').at(-1) ?? line).trim()
}
