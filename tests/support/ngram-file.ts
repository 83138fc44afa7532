/** Small n-gram models as ARPA text. */

import { makeSharedMemory } from '../../src/kernels/load.js'
import { memoryModelFile } from '../../src/lm/model-file.js'
import { type SharedModel, viewTables } from '../../src/lm/model-tables.js'
import { buildModel, type NgramModel, openModel } from '../../src/lm/ngram-model.js'

/** A trigram model with every kind of back-off in it; its scores are worked by hand in ngram-model.test.ts. */
export const TOY_ARPA = `\\data\\
ngram 1=6
ngram 2=5
ngram 3=2

\\1-grams:
-1.5\t<unk>
-99\t<s>\t-0.25
-1\t</s>
-0.5\ta\t-0.125
-0.75\tb\t-0.0625
-2\tñandú\t0

\\2-grams:
-0.375\t<s> a\t-0.5
-0.625\ta b\t-0.03125
-0.875\tb a
-0.25\tb </s>
-1.25\tñandú a\t0.5

\\3-grams:
-0.1875\t<s> a b
-0.3125\ta b </s>

\\end\\
`

export function tablesOf(arpa: string | Uint8Array, name = 'toy'): SharedModel {
  return buildModel(memoryModelFile(Buffer.from(arpa)), name)
}

/** The same model with a memory for each table, as models beyond 4 GiB have. */
export function separated(shared: SharedModel): SharedModel {
  return viewTables(shared).map((table) => {
    const memory = makeSharedMemory(table.byteLength)
    new Uint32Array(memory.buffer).set(table)
    return memory
  })
}

export function modelOf(arpa: string | Uint8Array): NgramModel {
  return openModel(tablesOf(arpa))
}

/** What the model says of each token and `</s>`. */
export function trace(model: NgramModel, tokens: readonly string[]): { log10: number[]; lengths: number[] } {
  const log10: number[] = []
  const lengths: number[] = []
  model.score(tokens, (value, length) => {
    log10.push(value)
    lengths.push(length)
  })
  return { log10, lengths }
}
