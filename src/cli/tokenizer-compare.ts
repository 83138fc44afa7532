/** `millrace tokenizer compare`: several tokenizers on the same texts, by language and source. */
import { Command } from 'commander'
import type { TextTokenizer } from '../tokenizer/text-tokenizer.js'
import { TokenStatistics } from '../tokenizer/token-statistics.js'
import { type GroupSummary, summarizeTokens, type TokenSummary, type TokenUse } from '../tokenizer/token-summary.js'
import { readDocuments } from './json-lines.js'
import { printable, type Terminal } from './terminal.js'
import { bytesText, clip, countText, plural, shareText, tableLines } from './text.js'
import { addPatternOptions, loadTokenizer, type PatternOptions } from './tokenizer-file.js'

interface CompareCommandOptions extends PatternOptions {
  readonly input?: string
  readonly source: string
  readonly json?: true
}

interface Compared {
  readonly tokenizer: TextTokenizer
  readonly statistics: TokenStatistics
}

const GROUPS_SHOWN = 20
const TOKENS_SHOWN = 8
const TOKEN_WIDTH = 30

const EXAMPLES = `
Texts are JSON Lines: "text", and "language" and a source where there are. More bytes a token and fewer tokens a word are better.

Examples:
  npx millrace tokenizer compare own.json cl100k_base.tiktoken gpt2/vocab.json --input texts.jsonl.gz
  npx millrace tokenizer compare a.json b.json --source domain --json < texts.jsonl
`

export function makeCompare(terminal: Terminal): Command {
  const command = new Command('compare')
    .description('Compare tokenizers on the same texts: bytes per token, tokens per word, use of the vocabulary.')
    .argument('<tokenizers...>', 'tokenizer.json, .tiktoken, or vocab.json beside merges.txt; may be .gz')
    .option('--input <file>', 'JSON Lines, may be .gz; stdin when left out')
    .option('--source <field>', 'the field that says where a text is from', 'source')
    .option('--json', 'as JSON')
  return addPatternOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((paths: readonly string[], options: CompareCommandOptions) => compare(terminal, paths, options))
}

async function compare(terminal: Terminal, paths: readonly string[], options: CompareCommandOptions): Promise<void> {
  const all = paths.map((path): Compared => {
    const tokenizer = loadTokenizer(path, options)
    return { tokenizer, statistics: new TokenStatistics(tokenizer.idEnd) }
  })
  for await (const line of readDocuments(options.input ?? terminal.stdin)) {
    if ('error' in line) {
      terminal.exitCode = 1
      terminal.say('warning', `line ${line.line}: ${line.error}`)
      continue
    }
    const { text, language } = line.document
    const source = line.fields[options.source]
    const document = { text, language: language || textOf(line.fields.lang), source: textOf(source) }
    for (const { tokenizer, statistics } of all) statistics.add(document, tokenizer.encode(text))
  }
  const summaries = all.map(({ tokenizer, statistics }) => summarizeTokens(statistics.part(), vocabularyOf(tokenizer)))
  if (options.json) {
    const named = summaries.map((summary, i) => ({ tokenizer: paths[i], ...summary }))
    await terminal.print(JSON.stringify(named, null, 2))
    return
  }
  for (const line of comparisonLines(paths, summaries, terminal)) await terminal.print(line)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function vocabularyOf(tokenizer: TextTokenizer): { size: number; bytesOf(id: number): Uint8Array | null } {
  return {
    size: tokenizer.idEnd,
    bytesOf: (id) => (tokenizer.has(id) && !tokenizer.isSpecial(id) ? tokenizer.bytesOf(id) : null),
  }
}

function comparisonLines(paths: readonly string[], summaries: readonly TokenSummary[], terminal: Terminal): string[] {
  const [first] = summaries
  const names = Array.from(paths.keys(), (i) => `${i + 1}`.padStart(2))
  const head = (text: string): string => terminal.style('bold', text)
  const lines = [`${plural(first.all.documents, 'text')}, ${bytesText(first.all.bytes)}`]
  for (const [i, path] of paths.entries()) lines.push(`${names[i]}  ${printable(path)}`)
  const table = (title: string, kind: string, groupsOf: (summary: TokenSummary) => readonly GroupSummary[]): void => {
    const groups = groupsOf(first).slice(0, GROUPS_SHOWN)
    if (groups.length === 0) return
    const rows = groups.map(({ name, bytes }) => {
      const same = summaries.map((summary) => groupsOf(summary).find((group) => group.name === name))
      return [
        clip(printable(name), TOKEN_WIDTH),
        bytesText(bytes),
        ...same.map((group) => ratioText(group?.bytesPerToken)),
        ...same.map((group) => ratioText(group?.tokensPerWord)),
      ]
    })
    const titles = [kind, 'bytes', ...names.map((name) => `b/tok${name}`), ...names.map((name) => `tok/word${name}`)]
    const right = titles.map((_, i) => i).slice(1)
    lines.push('', head(title), ...tableLines([titles, ...rows], right))
  }
  table('all', 'text', (summary) => [summary.all])
  table('by language', 'language', (summary) => summary.languages)
  table('by source', 'source', (summary) => summary.sources)
  for (const [i, summary] of summaries.entries())
    lines.push('', ...useLines(`${names[i]}  ${printable(paths[i])}`, summary, head))
  return lines
}

function useLines(title: string, summary: TokenSummary, head: (text: string) => string): string[] {
  const { all, vocabularyUsable, unused, rare, longest } = summary
  const rareText = rare.map(({ below, count }) => `${countText(count)} fewer than ${countText(below)} times`).join(', ')
  return [
    head(title),
    `${countText(all.tokens)} tokens; of ${countText(vocabularyUsable)} in the vocabulary ${countText(unused.count)} never occur (${shareText(unused.count, vocabularyUsable)}), ${rareText}`,
    ...tokenLine('longest', longest),
    ...tokenLine('never used, the longest', unused.examples),
  ]
}

function tokenLine(what: string, uses: readonly TokenUse[]): string[] {
  if (uses.length === 0) return []
  const texts = uses.slice(0, TOKENS_SHOWN).map(({ text }) => `"${clip(printable(text), TOKEN_WIDTH)}"`)
  return [`${what}: ${texts.join(' ')}`]
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined || !Number.isFinite(ratio) ? '-' : ratio.toFixed(2)
}
