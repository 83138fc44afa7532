/** Puts the command line together. The folder `commands/` is the list; a command's file is its declaration and its work. */
import { readdirSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { ConfigError, messageOf, ShardError } from '../errors/errors.js'
import { packageVersion } from '../run/versions.js'
import { type Streams, Terminal } from './terminal.js'

/** The default export of a file in `commands/`. */
export type MakeCommand = (terminal: Terminal) => Command

const COMMANDS = new URL('./commands/', import.meta.url)
const COMMAND_FILE = /^.+?(?<!\.d)\.(js|ts)$/

/**
 * @param called what follows `millrace`. Where it begins with a command, only that one is loaded: all together take half a
 * second. `completion` describes all of them.
 */
export async function makeProgram(terminal: Terminal, called: readonly string[]): Promise<Command> {
  const program = new Command('millrace')
    .description(
      'Turns raw web crawls into clean, deduplicated pretraining corpora, and explains every document it drops.',
    )
    .version(packageVersion())
    .configureOutput({ writeOut: (text) => void terminal.write(text), writeErr: (text) => terminal.draw(text) })
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError()
    .exitOverride()
  const files = readdirSync(COMMANDS)
    .filter((name) => COMMAND_FILE.test(name))
    .sort()
  const wanted = called[0] === 'completion' ? [] : files.filter((name) => name.replace(/\.(js|ts)$/, '') === called[0])
  for (const file of wanted.length > 0 ? wanted : files) {
    const { default: make }: { default: MakeCommand } = await import(new URL(file, COMMANDS).href)
    const command = make(terminal).copyInheritedSettings(program)
    for (const part of command.commands) part.copyInheritedSettings(program)
    program.addCommand(command)
  }
  program.addHelpText(
    'after',
    '\nFirst steps:\n  npx millrace run configs/quickstart.yaml\n  npx millrace report runs/quickstart\n',
  )
  return program
}

/**
 * Runs one call.
 * @param args what follows `millrace` on the command line
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
  const terminal = new Terminal(streams)
  try {
    const program = await makeProgram(terminal, args)
    await program.parseAsync([...args], { from: 'user' })
    return terminal.exitCode
  } catch (error) {
    return explain(error, terminal)
  }
}

function explain(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2 // commander has said it already
  if (error instanceof ConfigError || error instanceof ShardError) {
    terminal.say('error', error.message)
    return error instanceof ConfigError ? 2 : 1
  }
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  terminal.say('error', `${messageOf(error)}\n${stack}`)
  return 1
}
