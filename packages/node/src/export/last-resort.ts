import type { SpoolOptions } from '../options/spool.ts'
import type { Account } from './account.ts'
import { contentOf, newJob } from './job.ts'
import { Outages } from './outages.ts'
import { whereOf, type Batch, type Destination, type Endpoints } from './protocol.ts'
import { Shelf } from './shelf.ts'
import { Spool } from './spool/spool.ts'

// Read only where a process ends and its export worker does not answer.

/**
 * Write batches to the spool from the app's own thread.
 *
 * @returns takes one batch; false where the disk does not take it
 */
export function openLastResort(
  endpoints: Endpoints,
  options: SpoolOptions | undefined,
  { counters, apart }: Pick<Account, 'counters' | 'apart'>,
): (batch: Batch) => boolean {
  if (!options) return () => false
  const spool = new Spool(options, {
    lost: (signal, items) => counters.add(signal, 'spoolDropped', items),
    damaged: () => {},
  })
  const outages = new Outages()
  const shelves = new Map<Destination, Shelf>()
  return ({ signal, to = signal, bytes, items }) => {
    const endpoint = endpoints[to]
    if (!endpoint) return false
    let shelf = shelves.get(to)
    if (!shelf) {
      shelf = new Shelf(
        spool,
        signal,
        endpoint,
        whereOf(endpoint),
        to === 'zipkin' ? apart : counters,
        outages,
      )
      shelves.set(to, shelf)
    }
    return shelf.put(newJob(bytes, items, contentOf(endpoint.protocol)))
  }
}
