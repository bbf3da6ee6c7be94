import { channel } from 'node:diagnostics_channel'
import { context, SpanKind, trace, type ContextManagementToken, type Span } from '@opentelemetry/api'
import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation'
import { guard } from '@waybill/core'
import { VERSION } from '../version.ts'
import { end, operationOf, type ExecutionResult } from './graphql-operation.ts'

type Execute = (this: unknown, ...args: unknown[]) => ExecutionResult | Promise<ExecutionResult>

/** Before it had channels. */
const VERSIONS = ['>=14 <17']

/**
 * One span for each operation that is executed. None for parsing, validating and resolving, and nothing is
 * written on the app's context value or schema, as upstream's instrumentation does.
 */
export class GraphQLInstrumentation extends InstrumentationBase {
  constructor(config = {}) {
    super('@waybill/node/graphql', VERSION, config)
    this.#listen()
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    const file = new InstrumentationNodeModuleFile(
      'graphql/execution/execute.js',
      VERSIONS,
      (exports: { execute: Execute }) => {
        this._wrap(exports, 'execute', (original: Execute) => this.#traced(original))
        return exports
      },
      () => {},
    )
    return new InstrumentationNodeModuleDefinition('graphql', ['>=14 <18'], undefined, undefined, [file])
  }

  #traced(original: Execute): Execute {
    const start = (args: readonly unknown[]): Span => this.#start(args)
    const execute: Execute = function execute(...args) {
      const span = start(args)
      try {
        const result = context.with(trace.setSpan(context.active(), span), () => original.apply(this, args))
        if (!(result instanceof Promise)) {
          end(span, result)
          return result
        }
        result.then(
          (settled) => end(span, settled),
          (error: Error) => end(span, { errors: [error] }),
        )
        return result
      } catch (error) {
        end(span, { errors: [error as Error] })
        throw error
      }
    }
    Object.defineProperty(execute, 'length', { value: original.length, configurable: true })
    return execute
  }

  #start(args: readonly unknown[]): Span {
    const { name, attributes } = guard('graphql operation', () => operationOf(args), {
      name: 'graphql.execute',
      attributes: {},
    })
    return this.tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes })
  }

  /** graphql 17 tells on channels of its own, so nothing of it is patched. */
  #listen(): void {
    const running = new WeakMap<object, Running>()
    const on = (event: string, listener: (message: Message) => void): void =>
      channel(`tracing:graphql:execute:${event}`).subscribe((message) =>
        guard(`graphql ${event}`, () => listener(message as Message), undefined),
      )
    const finish = (message: Message): void => {
      const span = running.get(message)?.span
      if (span) end(span, message.error ? { errors: [message.error] } : message.result)
    }
    on('start', (message) => {
      const span = this.#start([message])
      running.set(message, { span, token: context.attach(trace.setSpan(context.active(), span)) })
    })
    on('end', (message) => {
      running.get(message)?.token.dispose()
      // Else it goes on asynchronously.
      if ('result' in message || 'error' in message) finish(message)
    })
    on('asyncEnd', finish)
  }
}

interface Message {
  readonly result?: ExecutionResult
  readonly error?: Error
}
interface Running {
  readonly span: Span
  readonly token: ContextManagementToken
}
