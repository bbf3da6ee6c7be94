// npm run demo: starts everything, tells three stories, checks them. `--help` says more.
import { Cleanup } from './cleanup.ts'
import { startComponents } from './components.ts'
import { watchDeadLetters } from './dead-letters.ts'
import { HELP, readOptions, type Options } from './options.ts'
import { connectDatabase } from './outcomes.ts'
import { showProgress, type Progress } from './progress.ts'
import { SERVICES, startServices } from './services.ts'
import type { LogLine } from './service.ts'
import { tellStories } from './tell.ts'
import { makeTopics, topicsOf } from './topics.ts'
import { watchScans } from './watch.ts'

class Interrupted extends Error {}

process.exit(await main())

async function main(): Promise<number> {
  let options: Options
  try {
    options = readOptions(process.argv.slice(2), process.env, callersFolder())
    if (options.bare !== undefined && !(options.bare in SERVICES)) {
      throw new Error(
        `--bare: there is no service ${options.bare}. There are ${Object.keys(SERVICES).join(', ')}`,
      )
    }
  } catch (error) {
    console.error(`${(error as Error).message}. --help says what can be given.`)
    return 2
  }
  if (options.help) {
    console.log(HELP)
    return 0
  }

  const cleanup = new Cleanup()
  const progress = showProgress()
  const interrupted = interruption()
  let code: number
  let reason = ''
  /** The exit code once the stories are told: after that, Ctrl-C is how it ends. */
  let told: number | undefined
  try {
    code = await Promise.race([run(options, progress, cleanup, (result) => (told = result)), interrupted])
  } catch (error) {
    progress.end()
    code = error instanceof Interrupted ? (told ?? 130) : 1
    if (!(error instanceof Interrupted)) reason = `The demo cannot go on. ${(error as Error).message}`
    else if (told === undefined) reason = 'interrupted'
  }
  const failures = await cleanup.run()
  if (reason) console.error(reason)
  for (const failure of failures) console.error(`not cleaned up: ${failure}`)
  return code
}

/** Where the user is: npm goes to the workspace's folder, and pnpm within it takes npm's INIT_CWD for its own. */
function callersFolder(): string {
  const { WAYBILL_CALLER, INIT_CWD } = process.env
  return WAYBILL_CALLER || INIT_CWD || process.cwd()
}

/** @returns the exit code */
async function run(
  options: Options,
  progress: Progress,
  cleanup: Cleanup,
  onTold: (code: number) => void,
): Promise<number> {
  progress.line('Starting')
  const components = await startComponents(options, progress, cleanup)
  const { brokers, database, viewer, suffix } = components
  const topics = topicsOf(suffix)
  let onLine: (line: LogLine) => void = () => {}

  const ready = brokers.then((addresses) => makeTopics(addresses, topics, options.own.brokers && cleanup))
  const letters = ready
    .then(async () => watchDeadLetters(await brokers, topics.deadLetter, `dead-letter-watch${suffix}`))
    .then((watch) => {
      cleanup.add('dead-letter watch', () => watch.stop())
      return watch.found
    })
  const client = database.then(connectDatabase).then((connected) => {
    cleanup.add('database', async () => {
      if (options.own.database) await connected.query(`DROP TABLE IF EXISTS parcels${suffix}`)
      await connected.end()
    })
    return connected
  })
  const services = startServices(
    options,
    { ...components, brokers: ready.then(() => brokers) },
    progress,
    cleanup,
    (line) => onLine(line),
  )
  const [found, connected, { scansUrl, lines, broken }] = await Promise.all([letters, client, services])
  progress.end()

  const table = `parcels${suffix}`
  const stories = tellStories({
    scansUrl,
    effects: { database: connected, table, letters: found, mails: components.mails, lines },
    services: Object.keys(SERVICES),
    topics,
    viewer,
    print: (line) => progress.line(line),
  })
  const problems = await Promise.race([stories, broken])
  const code = report(problems, options)
  onTold(code)
  if (options.once) return code

  console.log(`
The services stay up. Post a scan of your own:
  curl ${scansUrl} -H 'content-type: application/json' -d '{"parcel_id":"P-1","depot":"LYS","status":"late","weight":{"value":3,"unit":"kg"},"length":{"value":12,"unit":"in"}}'
${viewer ? 'Its tree appears here.' : 'Its trace is in your backend.'} What is stored:
  psql '${options.own.database ? '$DATABASE_URL' : await database}' -c 'TABLE ${table}'
Ctrl-C ends it and puts everything away.`)
  if (viewer) onLine = watchScans(viewer, found, (text) => progress.line(text))
  return broken
}

function report(problems: readonly string[], { own }: Options): number {
  if (problems.length > 0) {
    console.error(
      `\n${problems.length === 1 ? 'One expectation' : `${problems.length} expectations`} failed:`,
    )
    for (const problem of problems) console.error(`  ${problem}`)
    return 1
  }
  console.log(
    own.collector
      ? `\nAll three stories happened. Their telemetry went to ${own.collector}: the trees are not checked here.`
      : '\nAll three stories are complete.',
  )
  return 0
}

/**
 * Rejects at the first signal, when nobody reads what is printed any more, and at an error that nobody caught. Later
 * ones are passed over: it is cleaning up.
 */
function interruption(): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(new Interrupted())
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
    process.on('uncaughtException', reject)
    process.stdout.on('error', stop)
    process.stderr.on('error', stop)
  })
}
