import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import { Store } from '../../src/io/store.js'
import { purgeEntries, purgeRun } from '../../src/run/purge.js'
import { RUN_ENTRIES } from '../../src/run/run-folder.js'
import type { StageUse } from '../../src/run/settings.js'
import { temporaryFolder } from '../support/folder.js'

const use = (stage: string): StageUse => ({ as: stage, stage, options: {}, when: null, codeSha256: '' })

const FILES = {
  'manifest.json': '{}',
  'ledger.json': '{}',
  'documents/00000.arrow': 'masked',
  'signals/00000-0.arrow': 'numbers',
  'scores/00000-0.arrow': 'numbers',
  'artifacts/tokens/tokenizer.json': 'pieces',
  'artifacts/decontaminate/report.json': 'quotes SECRET',
  'dropped/00000-0.arrow': 'SECRET',
  'quarantine/00000-0.jsonl': 'SECRET',
  'work/01-documents-0a1b2c3d/0-abc/survivors': 'SECRET',
  'work/plan-0123456789abcdef.json': '{}',
  'done/01-documents-0a1b2c3d/0.json': '{}',
  'log/run.jsonl': '{}',
}

function finished(): Store {
  const folder = temporaryFolder()
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return new Store(folder)
}

function textsBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')
}

describe('purge', () => {
  it('removes every text from before masking and leaves what is to be published', () => {
    const store = finished()
    const stages = [use('decontaminate'), use('mask-pii')]
    const listed = purgeEntries(store, stages)
    expect(listed.map(({ path, files }) => [path, files])).toEqual([
      ['done', 1],
      ['work', 2],
      ['dropped', 1],
      ['quarantine', 1],
      ['artifacts/decontaminate', 1],
    ])
    expect(textsBelow(store.folder)).toContain('SECRET') // listing removes nothing
    expect(purgeRun(store, stages)).toEqual(listed)
    expect(textsBelow(store.folder)).not.toContain('SECRET')
    expect(store.list('')).toEqual([
      'artifacts',
      'documents',
      'ledger.json',
      'log',
      'manifest.json',
      'scores',
      'signals',
    ])
    expect(store.list('artifacts')).toEqual(['tokens'])
    expect(purgeRun(store, stages)).toEqual([])
  })

  it('leaves reports that quote masked text', () => {
    const store = finished()
    purgeRun(store, [use('mask-pii-onnx'), use('decontaminate')])
    expect(existsSync(store.pathOf('artifacts/decontaminate/report.json'))).toBe(true)
  })

  it('knows everything that a run may leave', () => {
    const kept = [
      'manifest.json',
      'ledger.json',
      'skips.json',
      'withdrawn.json',
      'documents',
      'signals',
      'scores',
      'artifacts',
      'signatures',
      'log',
    ]
    const removed = ['dropped', 'quarantine', 'work', 'done']
    expect([...RUN_ENTRIES].sort()).toEqual([...kept, ...removed].sort())
  })

  it('stays away from a run at work', () => {
    const store = finished()
    writeFileSync(store.pathOf('work/lock.json'), JSON.stringify({ host: hostname(), pid: process.ppid }))
    expect(() => purgeRun(store, [])).toThrow(ConfigError)
    expect(store.has('dropped/00000-0.arrow')).toBe(true)
  })
})
