/** `millrace completion`: a completion script for a shell, made from the declared commands and options. */
import { Argument, Command } from 'commander'
import { stageNames } from '../../run/stage-loader.js'
import type { Terminal } from '../terminal.js'

const EXAMPLES = `
Examples:
  eval "$(millrace completion bash)"         # in ~/.bashrc
  eval "$(millrace completion zsh)"          # in ~/.zshrc, after compinit
  millrace completion fish > ~/.config/fish/completions/millrace.fish
`

export interface CompletionCommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly { readonly flag: string; readonly summary: string; readonly choices: readonly string[] }[]
  /** What the first argument can be, besides files. */
  readonly words: readonly string[]
}

const SHELLS: Readonly<Record<string, (commands: readonly CompletionCommand[]) => string>> = { bash, zsh, fish }

export default function makeCompletion(terminal: Terminal): Command {
  return new Command('completion')
    .description('Print a completion script for a shell.')
    .addArgument(new Argument('<shell>', 'shell').choices(Object.keys(SHELLS)))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: string, _: object, command: Command) => {
      const commands = describeCommands(command.parent ?? command)
      await terminal.write(SHELLS[shell](commands)) // commander has checked the choice
    })
}

/** The commands below a program, as declared to commander. */
export function describeCommands(program: Command): CompletionCommand[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.description(),
    options: [...command.options, command.createOption('--help', 'show help')].map((option) => ({
      flag: option.long ?? option.short ?? '',
      summary: option.description,
      choices: option.argChoices ?? [],
    })),
    words: command.registeredArguments.flatMap((argument) =>
      argument.argChoices ? argument.argChoices : ['stage', 'name'].includes(argument.name()) ? stageNames() : [],
    ),
  }))
}

function bash(commands: readonly CompletionCommand[]): string {
  const cases = commands.map((command) => {
    const words = [...command.words, ...command.options.map((option) => option.flag)].join(' ')
    const choices = command.options.flatMap((option) =>
      option.choices.length > 0
        ? [`      ${option.flag}) COMPREPLY=($(compgen -W '${option.choices.join(' ')}' -- "$word")); return ;;`]
        : [],
    )
    const previous = choices.length > 0 ? `    case "$before" in\n${choices.join('\n')}\n    esac\n` : ''
    return `  ${command.name})\n${previous}    COMPREPLY=($(compgen -W '${words}' -- "$word")) ;;`
  })
  return `_millrace() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map((command) => command.name).join(' ')}' -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o default -F _millrace millrace
`
}

function zsh(commands: readonly CompletionCommand[]): string {
  const list = commands.map((command) => `    '${command.name}:${quoted(command.summary)}'`)
  const cases = commands.map((command) => {
    const options = command.options.map((option) => {
      const choices = option.choices.length > 0 ? `:value:(${option.choices.join(' ')})` : ''
      return `'${option.flag}[${quoted(option.summary).replace(/[[\]]/g, '')}]${choices}'`
    })
    const words = command.words.length > 0 ? `'1:word:(${command.words.join(' ')})'` : ''
    return `    ${command.name}) _arguments ${[...options, words, "'*:file:_files'"].filter(Boolean).join(' ')} ;;`
  })
  return `#compdef millrace
_millrace() {
  local -a commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command="$words[2]"
  shift words; (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
compdef _millrace millrace
`
}

function fish(commands: readonly CompletionCommand[]): string {
  const lines = ['complete -c millrace -n __fish_use_subcommand -f']
  for (const command of commands) {
    const here = `-n '__fish_seen_subcommand_from ${command.name}'`
    lines.push(`complete -c millrace -n __fish_use_subcommand -f -a ${command.name} -d '${quoted(command.summary)}'`)
    if (command.words.length > 0) lines.push(`complete -c millrace ${here} -f -a '${command.words.join(' ')}'`)
    for (const option of command.options) {
      const choices = option.choices.length > 0 ? ` -x -a '${option.choices.join(' ')}'` : ''
      lines.push(`complete -c millrace ${here} -l ${option.flag.slice(2)} -d '${quoted(option.summary)}'${choices}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Inside single quotes of a shell: our own texts lose their apostrophes and, for zsh, their colons. */
function quoted(text: string): string {
  return text.replace(/'/g, '’').replace(/:/g, ',')
}
