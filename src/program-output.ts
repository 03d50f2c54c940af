import { type ExecFileOptions, execFile } from 'node:child_process'

/** What a short-lived program printed, both streams. Rejects with its error when it fails or cannot be started. */
export const programOutput = (program: string, args: string[], options: ExecFileOptions = {}): Promise<string> =>
  new Promise((done, failed) => {
    execFile(program, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) =>
      error === null ? done(stdout + stderr) : failed(error),
    )
  })
