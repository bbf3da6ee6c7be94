import { extname, join } from 'node:path'
import type { Resource } from '@opentelemetry/resources'
import { Channel } from './export/channel.ts'
import { endpointsOf } from './export/endpoints.ts'
import type { Options } from './options/read.ts'
import { readSpool } from './options/spool.ts'
import { serviceOf } from './resource.ts'

/** The process's way to its export worker, whose entry stands beside this file. */
export function openChannel(options: Options, resource: Resource): Channel {
  return new Channel(
    join(import.meta.dirname, `worker${extname(import.meta.filename)}`),
    endpointsOf(options),
    readSpool(options.spool, serviceOf(resource)),
  )
}
