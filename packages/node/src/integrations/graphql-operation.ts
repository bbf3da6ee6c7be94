import { SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api'

interface Definition {
  readonly kind?: string
  readonly operation?: string
  readonly name?: { readonly value?: string }
}
export interface ExecutionArgs {
  readonly document?: { readonly definitions?: readonly Definition[] }
  readonly operationName?: string | null
}
export interface ExecutionResult {
  readonly errors?: readonly { readonly message?: string }[]
}
/** https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/ */
export function operationOf(args: readonly unknown[]): { name: string; attributes: Attributes } {
  // Called with one object, or with its parts one by one.
  const given = (
    args.length > 1 ? { document: args[1], operationName: args[5] } : (args[0] ?? {})
  ) as ExecutionArgs
  const operations = given.document?.definitions?.filter(({ kind }) => kind === 'OperationDefinition') ?? []
  // graphql 17 looks this up in the document when it is read.
  const operationName = operations.length > 0 ? given.operationName : undefined
  const operation = operationName
    ? operations.find(({ name }) => name?.value === operationName)
    : operations[0]
  const type = operation?.operation
  if (type === undefined) return { name: 'graphql.execute', attributes: {} }
  const name = operation?.name?.value
  return {
    name: name === undefined ? type : `${type} ${name}`,
    attributes: {
      'graphql.operation.type': type,
      ...(name !== undefined && { 'graphql.operation.name': name }),
    },
  }
}

export function end(span: Span, result: ExecutionResult | undefined): void {
  const [error] = result?.errors ?? []
  if (error) span.setStatus({ code: SpanStatusCode.ERROR, message: String(error.message) })
  span.end()
}
