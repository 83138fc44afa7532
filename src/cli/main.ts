#!/usr/bin/env node
/** The `millrace` command: parse, plan, run, exit code. */
import { runCommandLine } from './program.js'

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runCommandLine(process.argv.slice(2), process)
