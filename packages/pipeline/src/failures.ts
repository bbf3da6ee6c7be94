import { report, WaybillError } from '@waybill/core'

export type OnError<E> = (error: unknown, event: E) => void

/** Hand a failure to `onError`; where there is none, say it on stderr, once for each `where`. */
export function tellOf<E>(where: string, error: unknown, event: E, onError: OnError<E> | undefined): void {
  if (onError) return callBack(`${where}, onError`, () => onError(error, event))
  const code = error instanceof WaybillError ? error.code : 'WAYBILL_EVENT_FAILED'
  report(code, `${where}: ${messageOf(error)}. Said once; give onError to hear of each.`, `${code} ${where}`)
}

/** Call the caller's `fn`, which may be asynchronous; that it fails is said, and stops nothing. */
export function callBack(where: string, fn: () => unknown): void {
  const failed = (error: unknown): void =>
    report('WAYBILL_EVENT_FAILED', `${where} failed: ${messageOf(error)}.`, where)
  try {
    const result = fn()
    if (result instanceof Promise) result.catch(failed)
  } catch (error) {
    failed(error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
