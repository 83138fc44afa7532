/**
 * Drops pages that hold a word of a list, as C4 does (Raffel et al. 2020, section 2.2; the rule of TensorFlow Datasets' c4_utils).
 * No list ships along. C4 takes those of github.com/LDNOOBW/List-of-Dirty-Naughty-Obscene-and-Otherwise-Bad-Words (CC BY 4.0),
 * one file a language, one word or phrase a line: clone that repository, and name its files in `lists`.
 */
import { ConfigError } from '../src/errors/errors.js'
import { filterAction, listOf, path } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage, type Resources } from '../src/stage/stage.js'
import { PhraseSet } from '../src/text/phrase-set.js'

/** Words stand without spaces between them: phrases are found anywhere, as C4 has it. */
const UNSPACED = new Set(['ja', 'th', 'zh'])
const NAME = /([A-Za-z][A-Za-z0-9-]*)(?:\.txt)?$/

export default defineStage({
  kind: 'each',
  summary: 'drop what holds a word of a list for its language',
  source: 'C4: Raffel et al. 2020, arXiv 1910.10683, section 2.2; tensorflow_datasets c4_utils',
  options: {
    lists: listOf(path({ meaning: 'a file' }), {
      default: [],
      meaning: 'Files of words and phrases, one a line, each named by its language: en, or de.txt. Others pass.',
    }),
    action: filterAction(),
  },
  signals: {
    badword: { type: 'boolean', meaning: 'the text holds one; missing where its language has no list' },
  },
  examples: [{ text: 'Without lists, every text passes.', language: 'en', drop: null }],

  async prepare({ lists, action }, resources) {
    const byLanguage = new Map<string, PhraseSet>()
    for (const file of lists) {
      const language = languageOf(file)
      if (byLanguage.has(language)) throw new ConfigError(`lists: expected one file for "${language}", got two`)
      byLanguage.set(language, await readPhrases(file, language, resources))
    }
    return ({ text, language }) => {
      const phrases = byLanguage.get(language)
      if (phrases === undefined) return keep()
      const badword = phrases.find(text.toLowerCase()) !== null
      return badword && action === 'drop' ? drop('badword', { badword }) : keep({ badword })
    }
  },
})

function languageOf(file: string): string {
  const language = NAME.exec(file)?.[1]
  if (language === undefined) throw new ConfigError(`lists: expected a file named by a language, got ${file}`)
  return language
}

async function readPhrases(file: string, language: string, resources: Resources): Promise<PhraseSet> {
  const lines = new TextDecoder().decode(await resources.readFile(file)).split('\n')
  const phrases = lines.map((line) => line.trim().toLowerCase()).filter((line) => line !== '')
  if (phrases.length === 0) throw new ConfigError(`${file}: expected a word or phrase a line, got none`)
  return new PhraseSet(phrases, !UNSPACED.has(language))
}
