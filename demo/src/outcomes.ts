import { Client } from 'pg'
import type { DeadLetter } from './dead-letters.ts'
import type { ReceivedMail } from './infra/mail.ts'
import type { LogLine } from './service.ts'
import type { Posted } from './stories.ts'
import { until } from './until.ts'

/** Where the effects of a story can be seen, whatever became of its telemetry. */
export interface Effects {
  database: Client
  table: string
  letters: readonly DeadLetter[]
  /** undefined: they go to a server of the user's own, where they are not looked for. */
  mails: (() => readonly ReceivedMail[]) | undefined
  lines: readonly LogLine[]
}

export async function connectDatabase(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // a lost connection shows in the next query
  try {
    await client.connect()
  } catch (error) {
    throw new Error(`PostgreSQL does not answer: ${(error as Error).message}`, { cause: error })
  }
  return client
}

/**
 * Wait until all that these records should cause has happened: rows, dead letters, hooks, mails.
 *
 * @throws Error that says what is missing
 */
export async function awaitEffects(
  posted: readonly Posted[],
  effects: Effects,
  timeoutMs = 60_000,
): Promise<void> {
  let missing = ''
  await until(
    () => missing,
    async () => {
      missing = (await look(posted, effects))
        .filter(({ wanted, found }) => found < wanted)
        .map(({ what, wanted, found }) => `${found} of ${wanted} ${what}`)
        .join(', ')
      return missing === '' ? true : undefined
    },
    timeoutMs,
  )
}

interface Count {
  what: string
  wanted: number
  found: number
}

async function look(posted: readonly Posted[], effects: Effects): Promise<Count[]> {
  const ids = (...fates: string[]): Set<string> =>
    new Set(posted.filter(({ fate }) => fates.includes(fate)).map(({ scan }) => scan.parcel_id))
  const stored = ids('stored', 'notified')
  const notified = ids('notified')
  const dead = ids('dead')
  const rows = await effects.database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${effects.table} WHERE parcel_id = ANY($1)`,
    [[...stored]],
  )
  const hooks = effects.lines.filter(
    ({ service, msg, fields }) =>
      service === 'customer-hook' && msg === 'hook received' && notified.has(String(fields['parcel_id'])),
  )
  const counts: Count[] = [
    { what: 'parcels stored', wanted: stored.size, found: rows.rows[0]?.count ?? 0 },
    {
      what: 'dead letters',
      wanted: dead.size,
      found: effects.letters.filter((one) => dead.has(one.parcelId)).length,
    },
    { what: 'webhooks received', wanted: notified.size, found: hooks.length },
  ]
  if (effects.mails) {
    const mails = effects.mails().filter(({ subject }) => notified.has(subject.split(' ')[1] ?? ''))
    counts.push({ what: 'mails received', wanted: notified.size, found: mails.length })
  }
  return counts
}
