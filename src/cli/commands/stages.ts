/** `millrace stages`: what stages there are, and everything about one, made from the declarations. */
import { Command } from 'commander'
import { loadStage, stageNames } from '../../run/stage-loader.js'
import type { Example, Stage } from '../../stage/stage.js'
import { type OptionRow, optionRow } from '../option-text.js'
import { stageReference } from '../stage-reference.js'
import { printable, type Terminal } from '../terminal.js'
import { clip, tableLines } from '../text.js'

const EXAMPLES = `
Examples:
  npx millrace stages
  npx millrace stages filter-gopher-quality
  npx millrace stages dedup-minhash --json
`

export default function makeStages(terminal: Terminal): Command {
  return new Command('stages')
    .description('List the stages, or show one with its options, defaults, units, signals and source.')
    .argument('[name]', 'stage')
    .option('--json', 'as JSON')
    .option('--markdown', 'all stages as one page of Markdown')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, options: { json?: true; markdown?: true }) => {
      if (options.markdown) {
        await terminal.write(await stageReference())
        return
      }
      if (options.json) {
        const about = name === undefined ? await allStages() : stageAbout(name, await loadStage(name))
        await terminal.print(JSON.stringify(about, null, 2))
      } else {
        const lines = name === undefined ? await listLines() : stageLines(name, await loadStage(name), terminal)
        for (const line of lines) await terminal.print(line)
      }
    })
}

async function allStages(): Promise<object[]> {
  return Promise.all(stageNames().map(async (name) => stageAbout(name, await loadStage(name))))
}

async function listLines(): Promise<string[]> {
  const rows = stageNames().map(async (name) => [name, (await loadStage(name)).summary])
  return [...tableLines(await Promise.all(rows)), '', 'More of one: npx millrace stages NAME']
}

function stageAbout(name: string, stage: Stage): object {
  const { kind, summary, source, profiles, signals, examples } = stage
  return { name, kind, summary, source, options: optionRows(stage), profiles, signals, examples }
}

function optionRows(stage: Stage): OptionRow[] {
  return Object.entries(stage.options).map(([name, option]) => optionRow(name, option))
}

const KINDS: Readonly<Record<Stage['kind'], string>> = {
  each: 'one document at a time',
  eachBatch: 'a model on a device, many documents at a time',
  corpus: 'needs the whole corpus',
  read: 'reads input',
  write: 'writes output',
}

function stageLines(name: string, stage: Stage, terminal: Terminal): string[] {
  const bold = (text: string) => terminal.style('bold', text)
  const lines = [`${bold(name)}  ${stage.summary}`, `kind    ${KINDS[stage.kind]}`]
  if (stage.source) lines.push(`source  ${stage.source}`)
  const options = optionRows(stage)
  if (options.length > 0) {
    lines.push('', bold('options'))
    for (const option of options) lines.push(...optionLines(option, terminal))
  }
  for (const [profile, values] of Object.entries(stage.profiles ?? {})) {
    const set = Object.entries(values).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    lines.push('', `${bold('profile')} ${profile}`, `  ${set.join(', ')}`)
  }
  const signals = Object.entries(stage.signals ?? {})
  if (signals.length > 0) {
    const rows = signals.map(([signal, { type, unit, meaning }]) => [`  ${signal}`, type, unit ?? '', meaning])
    lines.push('', bold('signals'), ...tableLines(rows))
  }
  if (stage.examples && stage.examples.length > 0) {
    lines.push('', bold('examples'), ...stage.examples.flatMap(exampleLines))
  }
  return lines
}

function optionLines(option: OptionRow, terminal: Terminal): string[] {
  const facts = [option.type, option.bounds, option.unit].filter((fact) => fact !== '').join(', ')
  const usual = option.default === '' ? 'must be given' : `default ${option.default}`
  return [`  ${option.name}  ${terminal.style('dim', `${facts}; ${usual}`)}`, `      ${option.meaning}`]
}

function exampleLines(example: Example): string[] {
  const { options, drop, becomes, signals, ...fields } = example
  const given = Object.entries(fields).map(
    ([key, value]) => `${key} ${JSON.stringify(clip(printable(String(value)), 70))}`,
  )
  const set = options ? ` with ${JSON.stringify(options)}` : ''
  const result =
    drop === null
      ? becomes === undefined
        ? 'kept'
        : `becomes ${JSON.stringify(clip(becomes, 70))}`
      : `dropped: ${drop}`
  const measured = signals && Object.keys(signals).length > 0 ? ` ${JSON.stringify(signals)}` : ''
  return [`  ${given.join(', ')}${set}`, `      ${result}${measured}`]
}
