/**
 * Drops pages that hold a word of a list, as C4 does (Raffel et al. 2020, section 2.2; the rule of TensorFlow Datasets' c4_utils).
 * No list ships along. `millrace badwords` fetches those that C4 takes, of github.com/LDNOOBW (CC BY 4.0), one file a language, one
 * word or phrase a line.
 */
import { ConfigError } from '../src/errors/errors.js'
import { boolean, filterAction, listOf, path } from '../src/stage/options.js'
import { drop, keep } from '../src/stage/outcome.js'
import { defineStage, type Resources } from '../src/stage/stage.js'
import { PhraseSet } from '../src/text/phrase-set.js'

/** Words stand without spaces between them: phrases are found anywhere, as C4 has it. */
const UNSPACED = new Set(['ja', 'th', 'zh'])
/** Four words that C4 takes off its lists, as too common otherwise (c4_utils, _BADWORDS_ALLOWLIST). */
const ALLOWED = new Set(['sm', 'グロ', '女の子', '性'])
const NAME = /([A-Za-z][A-Za-z0-9-]*)(?:\.txt)?$/

export default defineStage({
  kind: 'each',
  summary: 'drop what holds a word of a list for its language',
  source: 'C4: Raffel et al. 2020, arXiv 1910.10683, section 2.2; tensorflow_datasets c4_utils',
  options: {
    lists: listOf(path({ meaning: 'a file' }), {
      meaning:
        'Files of words and phrases, one a line, each named by its language: en, or de.txt (millrace badwords fetches those of C4). Other languages pass.',
    }),
    asWritten: boolean({
      default: false,
      meaning:
        "Leave capitals in the lists as they are. The text is lower-cased, so such phrases are never found: C4's own rule, by which most of its Spanish list does nothing.",
    }),
    action: filterAction(),
  },
  profiles: { c4: { asWritten: true } },
  signals: {
    badword: { type: 'boolean', meaning: 'the text holds one; missing where its language has no list' },
  },
  examples: [
    {
      text: 'A field of Blazing Turnips, no less.',
      language: 'en',
      options: { lists: ['samples/badwords/en.txt'] },
      drop: 'badword',
      signals: { badword: true },
    },
    {
      text: 'A field of turnips, and a language without a list.',
      language: 'eo',
      options: { lists: ['samples/badwords/en.txt'] },
      drop: null,
    },
  ],

  async prepare({ lists, asWritten, action }, resources) {
    if (lists.length === 0) {
      throw new ConfigError(
        'lists: expected a file of words, got none; `npx millrace badwords lists --languages en` fetches that of C4',
      )
    }
    const byLanguage = new Map<string, PhraseSet>()
    for (const file of lists) {
      const language = languageOf(file)
      if (byLanguage.has(language)) throw new ConfigError(`lists: expected one file for "${language}", got two`)
      byLanguage.set(language, await readPhrases(file, language, asWritten, resources))
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

async function readPhrases(
  file: string,
  language: string,
  asWritten: boolean,
  resources: Resources,
): Promise<PhraseSet> {
  const lines = new TextDecoder().decode(await resources.readFile(file)).split('\n')
  const phrases = lines
    .map((line) => (asWritten ? line.trim() : line.trim().toLowerCase()))
    .filter((line) => line !== '' && !ALLOWED.has(line))
  if (phrases.length === 0) throw new ConfigError(`${file}: expected a word or phrase a line, got none`)
  return new PhraseSet(phrases, !UNSPACED.has(language))
}
