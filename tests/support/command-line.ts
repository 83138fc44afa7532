/** Calls the command line in this process, from the sources: quicker than `cli.ts`, for all that starts no workers. */
import { PassThrough, Readable } from 'node:stream'
import { runCommandLine } from '../../src/cli/program.js'

export interface Called {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export async function call(args: readonly string[], input = ''): Promise<Called> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const texts = Promise.all([textOf(stdout), textOf(stderr)])
  const code = await runCommandLine(args, { stdin: Readable.from([Buffer.from(input)]), stdout, stderr, env: {} })
  stdout.end()
  stderr.end()
  const [out, err] = await texts
  return { code, stdout: out, stderr: err }
}

async function textOf(stream: PassThrough): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
