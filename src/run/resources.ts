/** What stages are handed when they are prepared. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { canonicalJson } from '../document/json.js'
import { storeError } from '../io/store-error.js'
import type { OpenFile, Resources, SharedTable, Stage } from '../stage/stage.js'

/** @param shared what the stage's `share` gave */
export function stageResources(seed: number, shared: readonly SharedTable[] = []): Resources {
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

/** By the stage's `share`, which is the same however often the stage is loaded. */
const made = new WeakMap<object, Map<string, Promise<readonly SharedTable[]>>>()

/** The tables that all workers share for a stage; made once, also when the config's check has asked for them before. */
export async function shareTables(
  stage: Stage,
  options: Readonly<Record<string, unknown>>,
  seed: number,
): Promise<readonly SharedTable[]> {
  if (!('share' in stage) || stage.share === undefined) return []
  const known = made.get(stage.share) ?? new Map<string, Promise<readonly SharedTable[]>>()
  made.set(stage.share, known)
  const key = canonicalJson({ options, seed })
  const tables = known.get(key) ?? stage.share(options as never, stageResources(seed)) // checked by the stage's own schemas
  known.set(key, tables)
  return tables
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
