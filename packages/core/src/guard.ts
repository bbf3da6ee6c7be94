import { report } from './report.ts'

/**
 * Run code of ours at a border with the app. What it throws is reported once for each `where` and
 * replaced by `fallback`, so that the app never notices.
 *
 * @param where a short, constant name of the border, e.g. `kafkajs producer.send`
 */
export function guard<T>(where: string, fn: () => T, fallback: T): T {
  try {
    return fn()
  } catch (error) {
    reportInternal(where, error)
    return fallback
  }
}

/** Report an error of ours that was kept from the app. */
export function reportInternal(where: string, error: unknown): void {
  const cause =
    error instanceof Error ? (error.stack?.split('\n').slice(0, 2).join(' ') ?? error.message) : String(error)
  report(
    'WAYBILL_INTERNAL',
    `${where}: ${cause}. The app goes on; this piece of telemetry is missing.`,
    where,
  )
}
