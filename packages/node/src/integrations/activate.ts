import type { Instrumentation } from '@opentelemetry/instrumentation'
import { report } from '@waybill/core'
import { load } from '../lazy.ts'
import type { Options } from '../options/options.ts'
import { HttpEntry } from '../tracing/entry.ts'
import { listenForConnectMounts } from './connect.ts'
import { dataloader } from './dataloader.ts'
import { express } from './express.ts'
import { listenForFastifyRoutes } from './fastify.ts'
import { hapi } from './hapi.ts'
import { HttpInstrumentation } from './http.ts'
import type * as KafkaJsModule from './kafkajs.ts'
import { koa } from './koa.ts'
import { PatchInstrumentation, type LibraryPatch } from './library-patch.ts'
import { lruMemoizer } from './lru-memoizer.ts'
import { linesOf, pino } from './pino.ts'
import { listenForRestifyRoutes } from './restify.ts'
import type { Integration } from './table.ts'
import type * as UndiciModule from './undici.ts'
import type * as UpstreamModule from './upstream.ts'

/**
 * Load an integration and let it patch what is loaded from now on. Says it when it cannot, and returns undefined.
 *
 * @param files gets the paths of the files inside packages that it patches
 */
export function activate(
  integration: Integration,
  options: Options,
  files: Set<string> = new Set(),
): Instrumentation | undefined {
  const { name, from } = integration
  try {
    if (from)
      return (load('integrations/upstream') as typeof UpstreamModule).createUpstream(
        integration,
        options,
        files,
      )
    return OURS[name]?.(options, options.integrations.config[name] ?? {}, files)
  } catch (error) {
    const message = `the instrumentation ${name} cannot be loaded: ${(error as Error).message}. Its library is not traced.`
    report('WAYBILL_INTEGRATION_FAILED', message)
    return undefined
  }
}

/** @param config what the options say of the integration alone */
type Start = (options: Options, config: object, files: Set<string>) => Instrumentation | undefined

const patchWith =
  <C extends object>(patch: LibraryPatch<C>, given?: (options: Options) => C): Start =>
  (options, config, files) => {
    if (patch.file !== undefined) files.add(`${patch.module}/${patch.file}`)
    return new PatchInstrumentation(patch, { ...given?.(options), ...config } as C, options.debug)
  }

const listenBy =
  (listen: () => void): Start =>
  () => {
    listen()
    return undefined
  }

/** The integrations that need nothing of upstream's. */
const OURS: Readonly<Record<string, Start>> = {
  // A request begins with it: the part of all that most services need.
  http: (options, config) => new HttpInstrumentation({ entry: new HttpEntry(options.http), ...config }),
  undici: (_, config) =>
    new (load('integrations/undici') as typeof UndiciModule).UndiciInstrumentation(config),
  express: patchWith(express),
  koa: patchWith(koa),
  hapi: patchWith(hapi),
  pino: patchWith(pino, linesOf),
  dataloader: patchWith(dataloader),
  'lru-memoizer': patchWith(lruMemoizer),
  kafkajs: (...given) => patchWith((load('integrations/kafkajs') as typeof KafkaJsModule).kafkajs)(...given),
  // They patch nothing: they listen, or read what the framework left on the request.
  connect: listenBy(listenForConnectMounts),
  fastify: listenBy(listenForFastifyRoutes),
  restify: listenBy(listenForRestifyRoutes),
}
