/** `millrace check`: validates a config and prints what a run of it would do. */
import { relative } from 'node:path'
import { Command } from 'commander'
import { loadConfig } from '../../run/config.js'
import { configWarnings } from '../../run/config-warnings.js'
import { makePlan, type Plan, type Step } from '../../run/plan.js'
import type { RunConfig, StageUse } from '../../run/settings.js'
import { loadStage } from '../../run/stage-loader.js'
import { repeated, wholeNumber } from '../option-text.js'
import { printable, type Terminal } from '../terminal.js'
import { bytesText, plural, tableLines } from '../text.js'

interface CheckOptions {
  readonly workers?: number
  readonly set?: readonly string[]
  readonly allowCode?: true
}

const EXAMPLES = `
Examples:
  npx millrace check configs/quickstart.yaml
  npx millrace check configs/fineweb.yaml --set input.warc='crawl/*.warc.gz'
`

const INPUTS_SHOWN = 10

export default function makeCheck(terminal: Terminal): Command {
  return new Command('check')
    .description('Validate a config and print its plan; runs nothing.')
    .argument('<config>', 'YAML file')
    .option('--workers <n>', 'worker threads', wholeNumber(1))
    .option('--set <key=value>', 'change one value of the config', repeated)
    .option('--allow-code', 'let stages given by path be loaded')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: CheckOptions) => {
      const config = await loadConfig(file, options)
      const plan = await makePlan(config)
      for (const warning of await configWarnings(config)) terminal.say('warning', warning)
      for (const line of await checkLines(config, plan, terminal)) await terminal.print(line)
    })
}

async function checkLines(config: RunConfig, plan: Plan, terminal: Terminal): Promise<string[]> {
  const bold = (text: string) => terminal.style('bold', text)
  const bytes = plan.inputs.reduce((total, input) => total + input.sizeBytes, 0)
  const lines = [
    `${bold(printable(config.name))} is sound; ${plural(config.execution.workers, 'worker')}, seed ${config.seed}`,
    '',
  ]
  lines.push(
    `${bold('input')}  ${plural(plan.inputs.length, 'file')}, ${bytesText(bytes)}, ${plural(plan.shardCount, 'shard')}`,
  )
  const shown = plan.inputs.slice(0, INPUTS_SHOWN)
  const rows = shown.map((input) => [`  ${printable(input.name)}`, bytesText(input.sizeBytes), shardsText(input)])
  lines.push(...tableLines(rows, [1]))
  if (plan.inputs.length > shown.length) lines.push(`  and ${plan.inputs.length - shown.length} more`)
  lines.push(
    '',
    bold('stages'),
    ...tableLines(await Promise.all([config.input, ...config.stages, config.output].map(useRow))),
  )
  lines.push('', bold('steps'), ...tableLines(plan.steps.map(stepRow), [2]))
  return [...lines, '', `${bold('output')}  ${relative('', config.runFolder) || '.'}`]
}

function shardsText(input: Plan['inputs'][number]): string {
  return input.rangeSize === null
    ? 'read whole'
    : `${plural(input.shardCount, 'shard')} of ${bytesText(input.rangeSize)}`
}

/** The instance, and those of its options that differ from the defaults. */
async function useRow(use: StageUse): Promise<string[]> {
  const stage = await loadStage(use.stage)
  const differing = Object.entries(use.options).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(stage.options[name]?.default),
  )
  const parts = differing.map(([name, value]) => `${name}: ${printable(JSON.stringify(value) ?? '')}`)
  if (use.when !== null) parts.push(`when language is ${use.when.language.map(printable).join(' or ')}`)
  if (use.codeSha256 !== '') parts.push(`own code ${printable(use.stage)} (SHA-256 ${use.codeSha256.slice(0, 12)}…)`)
  const title = use.as === use.stage || use.codeSha256 !== '' ? use.as : `${use.as} (${use.stage})`
  return [`  ${printable(title)}`, parts.join(', ') || 'as by default']
}

function stepRow(step: Step, at: number): string[] {
  const number = `  ${at + 1}`
  if (step.kind === 'batch') return [number, step.name, plural(step.taskCount, 'task'), 'in batches, on one device']
  if (step.kind === 'recall')
    return [number, step.name, plural(step.taskCount, 'task'), 'over the documents of earlier runs']
  if (step.kind === 'round') return [number, step.name, plural(step.taskCount, 'task'), 'over all documents']
  const parts = step.each.map((use) => use.as)
  if (step.settles !== null) parts.unshift(`${step.settles.as} decides`)
  if (step.collects !== null) parts.push(`${step.collects.as} collects`)
  if (step.writesOutput) parts.push('write')
  if (at === 0) parts.unshift('read')
  return [number, step.name, plural(step.taskCount, 'task'), parts.join(' → ')]
}
