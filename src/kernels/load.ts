/**
 * Loads a kernel's WASM file, synchronously, from beside the code that uses it. Each file is read and compiled once a
 * thread; every instance has a memory of its own.
 */
import { readFileSync } from 'node:fs'

/** The exported memory of an instance, in pages of 64 KiB. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

// TypeScript types WebAssembly only in its DOM library, which would also let `document` and `window` compile here.
const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly

const compiled = new Map<string, object>()

/** A new instance; `Exports` is what the kernel's assembly.ts exports, plus its `memory`. */
export function instantiateKernel<Exports extends { readonly memory: KernelMemory }>(file: URL): Exports {
  let module = compiled.get(file.href)
  if (module === undefined) {
    module = new Module(readFileSync(file))
    compiled.set(file.href, module)
  }
  return new Instance(module, {}).exports as Exports // built from the assembly.ts beside `file`, so its exports are known
}

/** Grows the memory until it holds `sizeBytes`. */
export function ensureMemory(memory: KernelMemory, sizeBytes: number): void {
  const missing = Math.ceil((sizeBytes - memory.buffer.byteLength) / 65536)
  if (missing > 0) memory.grow(missing)
}
