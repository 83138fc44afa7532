import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stageReference } from '../../src/cli/stage-reference.js'
import { stageNames } from '../../src/run/stage-loader.js'

it('docs/stages.md says what the declarations say (mend: npx millrace stages --markdown > docs/stages.md)', async () => {
  const written = readFileSync(join(import.meta.dirname, '../../docs/stages.md'), 'utf8')
  expect(written).toBe(await stageReference())
  expect(written.match(/^## /gm)?.length).toBe(stageNames().length)
})
