import { SMTPServer } from 'smtp-server'
import { parseMail, type ReceivedMail } from './mail.ts'

export interface RunningSmtp {
  /** `smtp://127.0.0.1:PORT` */
  url: string
  /** All mails so far, oldest first. */
  received(): readonly ReceivedMail[]
  stop(): Promise<void>
}

const MAX_MAILS = 1000
const MAX_BYTES = 1024 * 1024

/** A real SMTP server on loopback that keeps what it gets instead of passing it on. */
export function startSmtp(options: { port?: number } = {}): Promise<RunningSmtp> {
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    size: MAX_BYTES,
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      let size = 0
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= MAX_BYTES) chunks.push(chunk)
      })
      stream.once('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push(
          parseMail(Buffer.concat(chunks).toString('utf8'), {
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
          }),
        )
        if (mails.length > MAX_MAILS) mails.shift()
        done()
      })
    },
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const listener = server.listen(options.port ?? 0, '127.0.0.1', () => {
      server.off('error', reject)
      server.on('error', () => {}) // a client that hangs up in the middle is its own affair
      const address = listener.address()
      const port = typeof address === 'object' && address ? address.port : 0
      resolve({
        url: `smtp://127.0.0.1:${port}`,
        received: () => mails,
        stop: () => new Promise((closed) => server.close(closed)),
      })
    })
  })
}
