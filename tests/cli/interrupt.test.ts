import { join } from 'node:path'
import { expect, it } from 'vitest'
import { millrace } from '../support/cli.js'
import { temporaryFolder } from '../support/folder.js'

const folder = temporaryFolder()

it('an interrupted run ends with 130, and the same command goes on from there', async () => {
  const args = ['run', 'configs/quickstart.yaml', '--set', `output.arrow=${join(folder, 'run')}`]
  const stopped = await millrace(args, {
    started: (child) => {
      // The first pass is whole when its line comes; seven more are ahead.
      child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.includes('pass 1/')) child.kill('SIGINT')
      })
    },
  })
  expect(stopped.stderr).toContain('interrupted; the same command goes on from here')
  expect(stopped.code).toBe(130)
  const resumed = await millrace(args)
  expect(resumed.code).toBe(0)
  expect(resumed.stdout).toContain('(resumed)')
})
