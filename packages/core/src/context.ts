import { context, createContextKey, type Context } from '@opentelemetry/api'

/** Fields beside the operation: who and for whom. They go into log lines. */
export interface Fields {
  readonly request_id?: string
  readonly user_id?: string
  readonly tenant?: string
  readonly [name: string]: string | number | boolean | undefined
}

const FIELDS = createContextKey('waybill.fields')
const NONE: Fields = Object.freeze({})

/** The fields of `ctx` (default: the active context). Never undefined; frozen. */
export function currentFields(ctx: Context = context.active()): Fields {
  return (ctx.getValue(FIELDS) as Fields | undefined) ?? NONE
}

/** A context like `ctx` in which `fields` are added to those already there. */
export function setFields(ctx: Context, fields: Fields): Context {
  return ctx.setValue(FIELDS, Object.freeze({ ...currentFields(ctx), ...fields }))
}

/** Run `fn` with `fields` added; they end with it, whether it returns, throws or its promise settles. */
export function withFields<T>(fields: Fields, fn: () => T): T {
  return context.with(setFields(context.active(), fields), fn)
}
