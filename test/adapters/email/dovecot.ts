import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const BINARY = '/usr/sbin/dovecot'

const run = (command: string, args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(command, args, (error, stdout) => (error ? reject(error) : resolve(stdout)))
  })

/** Why there is no real mail server to test with; null where there is. */
export const noDovecot: string | null = !existsSync(BINARY)
  ? 'dovecot is not installed'
  : process.getuid?.() !== 0
    ? 'needs root, to give the server its own user'
    : null

export interface Dovecot {
  user: string
  password: string
  port: number
  /** Delivers by LMTP, as the mail server in front would. */
  deliver(raw: Buffer): Promise<void>
  /** Cuts the user's connections. */
  kick(): Promise<void>
  doveadm(...args: string[]): Promise<string>
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** A real IMAP server in a temporary folder, run as nobody, on ports of the loopback interface. */
export async function startDovecot(): Promise<Dovecot> {
  const dir = await mkdtemp(join(tmpdir(), 'dovecot-'))
  const [port, lmtp] = [await freePort(), await freePort()]
  const [user, password] = ['support@shop.example', 'secret']
  const config = join(dir, 'dovecot.conf')
  await mkdir(join(dir, 'mail'))
  await writeFile(config, settings(dir, port, lmtp, password))
  await chmod(dir, 0o755)
  await run('chown', ['-R', 'nobody:nogroup', dir])
  const asNobody = ['--reuid=nobody', '--regid=nogroup', '--clear-groups']
  let stop = async () => {}

  const start = async () => {
    const child = spawn('setpriv', [...asNobody, BINARY, '-F', '-c', config], { stdio: 'ignore' })
    stop = async () => {
      if (child.exitCode === null && child.kill()) await once(child, 'exit')
    }
    await Promise.all([listening(port), listening(lmtp)])
  }
  const doveadm = (...args: string[]) => run('setpriv', [...asNobody, '/usr/bin/doveadm', '-c', config, ...args])
  await start()
  return {
    user,
    password,
    port,
    deliver: (raw) => lmtpDeliver(lmtp, user, raw),
    kick: async () => void (await doveadm('kick', user)),
    doveadm,
    start,
    stop: () => stop(),
    close: async () => {
      await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const settings = (dir: string, port: number, lmtp: number, password: string): string => `
base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = ${dir}/log
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
mail_location = maildir:${dir}/mail/%u
first_valid_uid = 1
mail_uid = nobody
mail_gid = nogroup
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${dir}/mail/%u allow_all_users=yes
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtp}
  }
}
`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function listening(port: number): Promise<void> {
  const until = Date.now() + 10_000
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const up = await Promise.race([
      once(socket, 'data').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (up) return
    if (Date.now() > until) throw new Error(`dovecot does not listen on ${port}`)
  }
}

async function lmtpDeliver(port: number, user: string, raw: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  const answers = socket.setEncoding('utf8')[Symbol.asyncIterator]()
  const ask = async (line: string | Buffer, expected: string) => {
    if (line.length > 0) socket.write(line)
    let answer = ''
    while (!/^\d{3} .*\r\n$/m.test(answer)) answer += (await answers.next()).value ?? ''
    if (!answer.startsWith(expected)) throw new Error(answer)
  }
  await ask('', '220')
  await ask('LHLO test\r\n', '250')
  await ask('MAIL FROM:<ann@customer.example>\r\n', '250')
  await ask(`RCPT TO:<${user}>\r\n`, '250')
  await ask('DATA\r\n', '354')
  await ask(Buffer.concat([raw, Buffer.from('\r\n.\r\n')]), '250')
  socket.end('QUIT\r\n')
}
