/** Learning BPE merges over the WASM kernel; the same as `reference.ts`, merge by merge, for as much as 4 GiB hold. */
import { ConfigError } from '../../errors/errors.js'
import { instantiateKernel, type KernelMemory } from '../load.js'
import { cellsFor, type Learner, type LearnerOptions, type Merges } from './learner.js'

interface Exports {
  readonly memory: KernelMemory
  begin(
    mergesMax: number,
    longestToken: number,
    countMin: number,
    ties: number,
    forbiddenBytes: number,
    recordBytes: number,
    cellsMax: number,
    memoryMax: number,
  ): number
  byteSymbolsAt(): number
  forbiddenAt(): number
  recordsAt(): number
  leftsAt(): number
  rightsAt(): number
  mergeCountsAt(): number
  setBytes(): void
  setForbidden(bytes: number): void
  addMerge(left: number, right: number, count: number): void
  addRecords(bytes: number, areBytes: number): void
  learn(until: number): number
}

const UINT32_MAX = 2 ** 32 - 1

/** Memory of WebAssembly never shrinks, and when it is collected is anybody's guess: so it is used again. */
const released: Exports[] = []

/** @param memoryMax bytes, up to 4 GiB; what it needs beyond the words' cells is found again by counting anew */
export function createLearner(options: LearnerOptions, memoryMax: number): Learner {
  return new KernelLearner(options, memoryMax)
}

class KernelLearner implements Learner {
  private readonly kernel = released.pop() ?? instantiateKernel<Exports>(new URL('./assembly.wasm', import.meta.url))
  private learned: number

  constructor(options: LearnerOptions, memoryMax: number) {
    const { kernel } = this
    const { mergesMax, longestToken, countMin, ties, symbolOfByte, forbidden, before, recordBytes } = options
    const strings = Buffer.concat(forbidden.flatMap((bytes) => [uint32(bytes.length), bytes]))
    const isLaidOut = kernel.begin(
      mergesMax,
      Math.min(longestToken, UINT32_MAX),
      countMin,
      Number(ties === 'greatest-bytes'),
      strings.length,
      recordBytes,
      cellsFor(recordBytes),
      Math.min(memoryMax, UINT32_MAX),
    )
    if (isLaidOut === 0) throw tooLittle()
    new Uint32Array(kernel.memory.buffer, kernel.byteSymbolsAt(), 256).set(symbolOfByte)
    kernel.setBytes()
    new Uint8Array(kernel.memory.buffer).set(strings, kernel.forbiddenAt())
    kernel.setForbidden(strings.length)
    this.learned = before.lefts.length
    for (let i = 0; i < this.learned; i++) kernel.addMerge(before.lefts[i], before.rights[i], before.counts[i])
  }

  add(records: Uint8Array, from: 'bytes' | 'symbols'): void {
    const { kernel } = this
    new Uint8Array(kernel.memory.buffer).set(records, kernel.recordsAt() >>> 0)
    kernel.addRecords(records.length, Number(from === 'bytes'))
  }

  learn(until: number): number {
    this.learned = this.kernel.learn(until)
    if (this.learned < 0) throw tooLittle()
    return this.learned
  }

  merges(): Merges {
    const { kernel, learned } = this
    const { buffer } = kernel.memory
    return {
      lefts: new Uint32Array(buffer, kernel.leftsAt(), learned).slice(),
      rights: new Uint32Array(buffer, kernel.rightsAt(), learned).slice(),
      counts: new Float64Array(buffer, kernel.mergeCountsAt(), learned).slice(),
    }
  }

  release(): void {
    released.push(this.kernel)
  }
}

function uint32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer)
}

function tooLittle(): ConfigError {
  return new ConfigError('memory: too little to learn merges from these words')
}
