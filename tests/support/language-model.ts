/** A language model small enough to work out by hand, and resources that hold files in memory. */
import type { Resources } from '../../src/stage/stage.js'

/** log10 of a word after a word; unigrams only where there is no pair. Order 2. */
export const SMALL_ARPA = `\\data\\
ngram 1=5
ngram 2=4

\\1-grams:
-2\t<unk>
-99\t<s>\t-0.5
-1\t</s>
-1.5\tgood\t-0.25
-1.25\ttext\t-0.75

\\2-grams:
-0.5\t<s> good
-0.25\tgood text
-0.125\ttext </s>
-3\t<s> </s>

\\end\\
`
// good text: -0.5 - 0.25 - 0.125 = -0.875 over 3.
// text: -0.5 (back-off of <s>) - 1.25 - 0.125 = -1.875 over 2.
// odd: -0.5 - 2 - 1 = -3.5 over 2 (<unk> has no back-off).

export function memoryResources(files: Readonly<Record<string, string | Uint8Array>>): Resources {
  const bytesOf = (path: string): Uint8Array => {
    const content = files[path]
    if (content === undefined) throw new Error(`no file ${path}`)
    return typeof content === 'string' ? new TextEncoder().encode(content) : content
  }
  return {
    seed: 1,
    shared: [],
    readFile: async (path) => bytesOf(path),
    openFile: (path) => {
      const bytes = bytesOf(path)
      return {
        name: path,
        sizeBytes: bytes.length,
        read: (offset, length) => bytes.slice(offset, offset + length),
        close: () => {},
      }
    },
  }
}
