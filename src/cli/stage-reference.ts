/** The reference of all stages as Markdown, made from their declarations: `docs/stages.md`. */
import { loadStage, stageNames } from '../run/stage-loader.js'
import type { OptionDeclarations } from '../stage/options.js'
import type { Stage } from '../stage/stage.js'
import { optionRow } from './option-text.js'

const HEAD = `# Stages

Made from the declarations by \`millrace stages --markdown\`; a test holds the two equal. Every stage also takes \`as:\` (another
name, where it stands twice) and \`when: { language: […] }\`; reasons and signals appear in the run as \`STAGE.SIGNAL\`.
`

export async function stageReference(): Promise<string> {
  const parts = await Promise.all(stageNames().map(async (name) => section(name, await loadStage(name))))
  return `${[HEAD, ...parts].join('\n')}`
}

function section(name: string, stage: Stage): string {
  const lines = [`## ${name}`, '', `${capital(stage.summary)}.`]
  if (stage.source) lines.push('', `Source: ${stage.source}`)
  if (Object.keys(stage.options).length > 0) lines.push('', ...optionTable(stage.options))
  for (const [profile, values] of Object.entries(stage.profiles ?? {})) {
    const set = Object.entries(values).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    lines.push('', `Profile \`${profile}\`: ${code(set.join(', '))}`)
  }
  const signals = Object.entries(stage.signals ?? {}).map(([signal, { type, unit, meaning }]) => [
    code(signal),
    type,
    unit ?? '',
    meaning,
  ])
  if (signals.length > 0) lines.push('', ...table(['signal', 'type', 'unit', 'meaning'], signals))
  return `${lines.join('\n')}\n`
}

/** A row an option. */
export function optionTable(options: OptionDeclarations): string[] {
  const rows = Object.entries(options).map(([key, option]) => {
    const row = optionRow(key, option)
    const type = [row.type, row.bounds].filter((part) => part !== '').join(', ')
    return [code(row.name), type, row.default === '' ? 'must be given' : code(row.default), row.unit, row.meaning]
  })
  return table(['option', 'type', 'default', 'unit', 'meaning'], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

function code(text: string): string {
  return `\`${text}\``
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
