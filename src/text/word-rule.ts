/** The option of every stage that counts words: by which rule they are split (`words.ts`). */
import { oneOf } from '../stage/options.js'

export const wordRule = oneOf(['script', 'spacy'], {
  default: 'script',
  meaning: 'script: Han and kana one word a character, Thai and the like one a cluster; spacy: not cut, as in English',
})
