import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startViewer, type Viewer } from '@waybill/viewer'
import type { Cleanup } from './cleanup.ts'
import { startKafka } from './infra/kafka.ts'
import type { ReceivedMail } from './infra/mail.ts'
import { startPostgres } from './infra/postgres.ts'
import { startSmtp } from './infra/smtp.ts'
import type { Options } from './options.ts'
import { openOtlpFile } from './otlp-file.ts'
import type { Progress } from './progress.ts'

/** What the services talk to: brought by the demo, or the user's own. Each is ready when its promise is. */
export interface Components {
  brokers: Promise<string[]>
  database: Promise<string>
  smtp: Promise<string>
  /** Mails so far; undefined where they go to the user's own server. */
  mails: (() => readonly ReceivedMail[]) | undefined
  /** Undefined where telemetry goes to the user's own collector. */
  viewer: Viewer | undefined
  /** Telemetry waits here on disk while its collector is away. */
  spool: string
  /** Ends the names of topics, table and channel: a server of the user's own has other things in it. */
  suffix: string
}

export async function startComponents(
  options: Options,
  progress: Progress,
  cleanup: Cleanup,
): Promise<Components> {
  const { own } = options
  const viewer = own.collector ? undefined : await startReceiver(options, cleanup)
  if (viewer) progress.line(`  viewer                    ${viewer.grpcUrl}`)

  const started: Promise<{ stop(): Promise<void> }>[] = []
  cleanup.add('components', async () => {
    const settled = await Promise.allSettled(started)
    await Promise.all(settled.filter((one) => one.status === 'fulfilled').map(({ value }) => value.stop()))
  })
  const start = <T extends { stop(): Promise<void> }>(
    name: string,
    work: Promise<T>,
    where: (t: T) => string,
  ): Promise<T> => {
    started.push(work)
    work.catch(() => {}) // heard by whoever needs it
    return progress.follow(name, work, where).catch((error: Error) => {
      throw new Error(`${name} does not start: ${error.message}`)
    })
  }

  // What a demo that was interrupted had not delivered is nothing to the next one.
  const spool = mkdtempSync(join(tmpdir(), 'waybill-demo-'))
  cleanup.add('spool', () => rmSync(spool, { recursive: true, force: true }))

  const smtp = own.smtp ? undefined : startSmtp()
  const mails = smtp && (await smtp)
  return {
    brokers: own.brokers
      ? Promise.resolve(own.brokers)
      : start('kafka', startKafka(), (kafka) => kafka.brokers.join(',')).then((kafka) => kafka.brokers),
    database: own.database
      ? Promise.resolve(own.database)
      : start('postgres', startPostgres(), (postgres) => withoutPassword(postgres.url)).then(
          ({ url }) => url,
        ),
    smtp: own.smtp
      ? Promise.resolve(own.smtp)
      : start('smtp', smtp!, ({ url }) => url).then(({ url }) => url),
    mails: mails && (() => mails.received()),
    viewer,
    spool,
    suffix: own.brokers || own.database ? `_demo${randomBytes(3).toString('hex')}` : '',
  }
}

async function startReceiver(options: Options, cleanup: Cleanup): Promise<Viewer> {
  const file = options.otlp === undefined ? undefined : openOtlpFile(options.otlp)
  const viewer = await startViewer({
    grpcPort: 0,
    httpPort: 0,
    ...(file && { onRequest: (_signal, request) => file.write(request) }),
  })
  cleanup.add('viewer', async () => {
    await viewer.close()
    const written = file?.close()
    if (written !== undefined) console.log(`${written} export requests are in ${options.otlp}`)
  })
  return viewer
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, '@')
}
