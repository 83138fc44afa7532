/**
 * Loads a kernel's WASM file, synchronously, from beside the code that uses it. Each file is read and compiled once a
 * thread; every instance has a memory of its own, but for those that are given a shared one.
 */
import { readFileSync } from 'node:fs'
import type { SharedMemory } from '../stage/stage.js'

/** The exported memory of an instance, in pages of 64 KiB. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => SharedMemory
}

// TypeScript types WebAssembly only in its DOM library, which would also let `document` and `window` compile here.
const { Module, Instance, Memory } = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly

export const PAGE_BYTES = 65536
const PAGES_MAX = 65536

const compiled = new Map<string, object>()

/** `sizeBytes` of zeros, at most 4 GiB, that may grow to 4 GiB. */
export function makeSharedMemory(sizeBytes: number): SharedMemory {
  return new Memory({ initial: Math.ceil(sizeBytes / PAGE_BYTES), maximum: PAGES_MAX, shared: true })
}

/**
 * A new instance; `Exports` is what the kernel's assembly.ts exports, plus its `memory`.
 * @param env what it imports: functions, and a shared memory if it is made for one
 */
export function instantiateKernel<Exports extends { readonly memory: KernelMemory | SharedMemory }>(
  file: URL,
  env: Readonly<Record<string, unknown>> = {},
): Exports {
  let module = compiled.get(file.href)
  if (module === undefined) {
    module = new Module(readFileSync(file))
    compiled.set(file.href, module)
  }
  return new Instance(module, { env }).exports as Exports // built from the assembly.ts beside `file`, so its exports are known
}

/** Grows the memory until it holds `sizeBytes`. */
export function ensureMemory(memory: KernelMemory, sizeBytes: number): void {
  const missing = Math.ceil((sizeBytes - memory.buffer.byteLength) / PAGE_BYTES)
  if (missing > 0) memory.grow(missing)
}
