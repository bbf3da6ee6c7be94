import { context, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { setOperation } from '@waybill/core'

export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
export const SPAN_ID = '00f067aa0ba902b7'
export const IDS = { trace_id: TRACE_ID, span_id: SPAN_ID, trace_flags: '01', operation_id: 'a1b2c3d4' }

/** The work that lines are written in: a sampled span of an operation. */
export const WORK: Context = setOperation(
  trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 }),
  { id: 'a1b2c3d4' },
)

export function useContexts(): void {
  const manager = new AsyncLocalStorageContextManager()
  beforeAll(() => context.setGlobalContextManager(manager.enable()))
  afterAll(() => context.disable())
}

/** A destination that keeps what is written to it. */
export class Lines {
  readonly all: string[] = []

  write(line: string): void {
    this.all.push(line)
  }

  get last(): string {
    return this.all.at(-1)!
  }

  get json(): Record<string, unknown> {
    return JSON.parse(this.last) as Record<string, unknown>
  }
}

/** The names of a JSON object's own members as they are written, twice where they are there twice. */
export function keysAsWritten(json: string): string[] {
  const keys: string[] = []
  let depth = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && token.endsWith(':')) keys.push(JSON.parse(token.slice(0, -1)) as string)
  }
  return keys
}
