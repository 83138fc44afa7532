import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadFastTextModel } from '../../src/classify/fasttext-model.js'
import { openSharedModel, shareModel } from '../../src/classify/shared-model.js'
import { stageResources } from '../../src/run/resources.js'
import { modelFile } from '../support/fasttext-file.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()

describe('a model shared by threads', () => {
  it('scores as one that is read whole, wherever its matrix lies in the file', async () => {
    for (const word of ['a', 'ab', 'abc', 'abcd']) {
      const dense = { quantized: false, pruned: false, loss: 3, words: ['</s>', word] }
      const { bytes } = modelFile(new Random(3), dense)
      const path = join(folder, `${word}.bin`)
      writeFileSync(path, bytes)
      const shared = await shareModel(path, stageResources(1))
      const model = openSharedModel(shared, path)
      const text = `${word} ein été`
      expect(model.predict(text, 3)).toEqual(loadFastTextModel(bytes, path).predict(text, 3))
    }
  })

  it('refuses what is no model, before and behind', async () => {
    const path = join(folder, 'cut.bin')
    writeFileSync(path, modelFile(new Random(4)).bytes.subarray(0, 300))
    await expect(shareModel(path, stageResources(1))).rejects.toThrow(/cut\.bin: byte \d+/)
    writeFileSync(path, '')
    await expect(shareModel(path, stageResources(1))).rejects.toThrow(/magic needs 4 bytes, the file has 0 left/)
    expect(readFileSync(path).length).toBe(0)
  })
})
