/** What stages are handed when they are prepared. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { storeError } from '../io/store.js'
import type { OpenFile, Resources, Stage } from '../stage/stage.js'

/** @param shared what the stage's `share` gave */
export function stageResources(seed: number, shared: readonly SharedArrayBuffer[] = []): Resources {
  return {
    seed,
    shared,
    openFile,
    readFile: async (path) => {
      try {
        return await readFile(path)
      } catch (error) {
        throw storeError('read', path, error)
      }
    },
  }
}

/** The tables that all workers share for a stage. */
export async function shareTables(
  stage: Stage,
  options: Readonly<Record<string, unknown>>,
  seed: number,
): Promise<readonly SharedArrayBuffer[]> {
  if (!('share' in stage) || stage.share === undefined) return []
  return stage.share(options as never, stageResources(seed)) // options were checked against this stage's declaration
}

/** All that a stage needs where it runs in this thread alone. */
export async function ownResources(
  stage: Stage,
  options: Readonly<Record<string, unknown>>,
  seed: number,
): Promise<Resources> {
  return stageResources(seed, await shareTables(stage, options, seed))
}

function openFile(path: string): OpenFile {
  try {
    const handle = openSync(path, 'r')
    const sizeBytes = fstatSync(handle).size
    return {
      name: path,
      sizeBytes,
      close: () => closeSync(handle),
      read: (offset, lengthBytes) => readFully(handle, path, offset, Math.min(lengthBytes, sizeBytes - offset)),
    }
  } catch (error) {
    throw storeError('read', path, error)
  }
}

function readFully(handle: number, path: string, offset: number, lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, lengthBytes))
  try {
    for (let filled = 0; filled < bytes.length; ) {
      const got = readSync(handle, bytes, filled, bytes.length - filled, offset + filled)
      if (got === 0) return bytes.subarray(0, filled)
      filled += got
    }
  } catch (error) {
    throw storeError('read', path, error)
  }
  return bytes
}
