/** `millrace badwords`: fetches the word lists that filter-badwords takes, as C4 did. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { ConfigError } from '../../errors/errors.js'
import { BADWORD_LANGUAGES, BADWORDS_NOTICE, BADWORDS_URL, fetchBadwords } from '../../io/badword-lists.js'
import { storeError } from '../../io/store-error.js'
import { writeWholeFile } from '../../io/written-file.js'
import type { Terminal } from '../terminal.js'

const EXAMPLES = `
The lists are those of github.com/LDNOOBW at the commits that C4 was made with, checked by SHA-256, one file a language: ${BADWORD_LANGUAGES.join(', ')}.
Their licence is Creative Commons Attribution 4.0: name their source where you pass them on. They hold offensive words.

Examples:
  npx millrace badwords lists
  npx millrace badwords lists --languages en de ja
  npx millrace apply filter-badwords --set lists='[lists/en]' < texts.jsonl
`

export default function makeBadwords(terminal: Terminal): Command {
  return new Command('badwords')
    .description('Fetch the word lists of C4, for the stage filter-badwords.')
    .argument('<folder>', 'where the lists are written, each as a file named by its language')
    .option('--languages <codes...>', 'which lists; all when left out')
    .option('--from <url>', 'a copy of the repository, by commit', BADWORDS_URL)
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, options: { readonly languages?: string[]; readonly from: string }) => {
      const languages = options.languages ?? BADWORD_LANGUAGES
      for (const language of languages) {
        if (BADWORD_LANGUAGES.includes(language)) continue
        throw new ConfigError(`--languages: expected some of ${BADWORD_LANGUAGES.join(', ')}, got "${language}"`)
      }
      if (!URL.canParse(options.from)) throw new ConfigError(`--from: expected a URL, got "${options.from}"`)
      makeFolder(resolve(folder))
      for (const language of languages) {
        const path = join(folder, language)
        writeWholeFile(resolve(path), [await fetchBadwords(language, options.from)])
        await terminal.print(path)
      }
      writeWholeFile(resolve(folder, 'LICENSE'), [
        Buffer.from(`${BADWORDS_NOTICE}\nhttps://creativecommons.org/licenses/by/4.0/\n`),
      ])
      terminal.say('info', BADWORDS_NOTICE)
    })
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw storeError('write', folder, error)
  }
}
