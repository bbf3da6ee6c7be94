import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Options {
  help: boolean
  once: boolean
  /** Where everything that arrived is written, absolute. */
  otlp: string | undefined
  /** A service that is started without the preload, to see what the check says. */
  bare: string | undefined
  /** The user's own, used instead of what the demo brings. */
  own: {
    brokers: string[] | undefined
    database: string | undefined
    smtp: string | undefined
    collector: string | undefined
  }
}

export const HELP = `npm run demo -- [--once] [--otlp FILE]

Starts six services, each a process under --require @waybill/node/register, with a Kafka broker, PostgreSQL and
an SMTP server, and tells three stories: a good record, a failing one, a batch. Each is printed as one tree.

  --once          end after the stories: exit code 0 when all are complete, else 1 with the reasons
  --otlp FILE     write everything that arrived as OTLP/JSON, one export request a line
  --bare SERVICE  start one service without the preload, to see what the check says about it
  --help          this text

Instead of what the demo brings, these are used where they are set:

  KAFKA_BROKERS                 host:port,host:port
  DATABASE_URL                  postgres://user:password@host:port/database
  SMTP_URL                      smtp://host:port
  OTEL_EXPORTER_OTLP_ENDPOINT   services send there; the trees cannot be read back, so trace ids are printed.
                                Your other OTEL_* variables reach the services too.
  PORT                          the port of scan-api; any free one by default`

/** @throws Error with one sentence for the user */
export function readOptions(args: string[], env: NodeJS.ProcessEnv, folder: string): Options {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      once: { type: 'boolean', default: false },
      otlp: { type: 'string' },
      bare: { type: 'string' },
    },
  })
  const set = (name: string): string | undefined => env[name]?.trim() || undefined
  const collector = set('OTEL_EXPORTER_OTLP_ENDPOINT')
  if (collector && values.otlp) {
    throw new Error('--otlp writes what the demo receives: unset OTEL_EXPORTER_OTLP_ENDPOINT to use it')
  }
  return {
    help: values.help,
    once: values.once,
    otlp: values.otlp === undefined ? undefined : resolve(folder, values.otlp),
    bare: values.bare,
    own: {
      brokers: set('KAFKA_BROKERS')
        ?.split(',')
        .map((broker) => broker.trim()),
      database: set('DATABASE_URL'),
      smtp: set('SMTP_URL'),
      collector,
    },
  }
}
