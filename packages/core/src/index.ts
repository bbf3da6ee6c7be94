export * from './attributes.ts'
export { extractHeaders, headerGetter, headerText, injectHeaders } from './carrier.ts'
export type { Headers, HeaderValue } from './carrier.ts'
export { isComponentOff, turnOffComponents } from './components.ts'
export type { Component } from './components.ts'
export { currentFields, setFields, withFields } from './context.ts'
export type { Fields } from './context.ts'
export { readBoolean, readEnum, readList, readNumber, readString } from './env.ts'
export type { Env } from './env.ts'
export { CODES, WaybillError } from './errors.ts'
export type { Code } from './errors.ts'
export { guard, reportInternal } from './guard.ts'
export { hidden } from './hidden.ts'
export type { Hidden } from './hidden.ts'
export { LINKED_ROOT } from './linked-context.ts'
export {
  acceptOperationId,
  adoptOperation,
  clearOperation,
  currentOperation,
  currentOperationId,
  makeOperation,
  setOperation,
  withOperation,
} from './operation.ts'
export type { Operation, OperationOptions } from './operation.ts'
export { report, say } from './report.ts'
export { errorType, failSpan, inSpan } from './span.ts'
export type { InSpanOptions } from './span.ts'
