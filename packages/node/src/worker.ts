// Thread entry: owns every connection to the collector, and the spool. See export/channel.ts for the other end.
import { parentPort, workerData } from 'node:worker_threads'
import { Counters } from './export/counters.ts'
import { Delivery } from './export/deliver.ts'
import { GrpcTransport } from './export/grpc.ts'
import { HttpTransport } from './export/http.ts'
import { contentOf } from './export/job.ts'
import { Losses } from './export/losses.ts'
import { Outages } from './export/outages.ts'
import {
  monotonic,
  PENDING,
  READ,
  signalOf,
  whereOf,
  type Destination,
  type ExportDuration,
  type Message,
  type Notice,
  type WorkerStart,
} from './export/protocol.ts'
import { Shelf } from './export/shelf.ts'
import { Spool } from './export/spool/spool.ts'
import type { Endpoint } from './options/endpoint.ts'

/** What other processes left on disk is looked for when the start is over, in milliseconds. */
const REPLAY_AFTER = 500
const DURATIONS_EVERY = 1000
const MOST_DURATIONS = 5000

const start = (workerData as WorkerStart).waybillExport
const state = new Int32Array(start.state)
const counters = new Counters(start.counters)
const apart = new Counters(start.apart)
const port = parentPort!
const outages = new Outages()
const losses = new Map<Destination, Losses>()
const deliveries = new Map<Destination, Delivery>()
const durations: ExportDuration[] = []
let sending: NodeJS.Timeout | undefined

const spool =
  start.spool &&
  new Spool(start.spool, {
    lost: (signal, items, reason) => lossesOf(signal).count(items, 'spoolDropped', reason),
    damaged: (signal) => counters.add(signal, 'setAside', 1),
  })

for (const [destination, endpoint] of Object.entries(start.endpoints) as [Destination, Endpoint][]) {
  const where = whereOf(endpoint)
  const signal = signalOf(destination)
  const counters = countersOf(destination)
  deliveries.set(
    destination,
    new Delivery({
      signal,
      where,
      content: contentOf(endpoint.protocol),
      transport:
        endpoint.protocol === 'grpc' ? new GrpcTransport(signal, endpoint) : new HttpTransport(endpoint),
      shelf: spool && new Shelf(spool, signal, endpoint, where, counters, outages),
      counters,
      losses: lossesOf(destination),
      outages,
      began: (slot) => void Atomics.add(state, slot, 1),
      settled,
      took: destination === 'zipkin' ? () => {} : took,
    }),
  )
}

port.on('message', (message: Message) => {
  if ('hurry' in message) {
    const left = message.hurry - (monotonic() - message.at)
    for (const delivery of deliveries.values()) delivery.hurry(left)
  } else {
    Atomics.add(state, READ, 1)
    const { signal, to = signal } = message.batch
    deliveries.get(to)?.add(message.batch)
  }
})
if (spool) {
  setTimeout(() => {
    for (const delivery of deliveries.values()) delivery.replay()
  }, REPLAY_AFTER)
}

/** One batch is delivered, on disk, or given up. */
function settled(slot: number): void {
  if (Atomics.sub(state, slot, 1) > 1) return
  Atomics.notify(state, slot)
  if (slot === PENDING) port.postMessage('idle' satisfies Notice)
}

/** Durations go to the app's thread together, which makes metrics of them. */
function took(duration: ExportDuration): void {
  if (durations.length < MOST_DURATIONS) durations.push(duration)
  sending ??= setTimeout(() => {
    sending = undefined
    port.postMessage({ durations: durations.splice(0) } satisfies Notice)
  }, DURATIONS_EVERY)
}

function lossesOf(destination: Destination): Losses {
  let found = losses.get(destination)
  if (!found) {
    const endpoint = start.endpoints[destination]
    const where = endpoint ? whereOf(endpoint) : 'a collector no longer configured'
    found = new Losses(signalOf(destination), where, countersOf(destination))
    losses.set(destination, found)
  }
  return found
}

/** The metrics about Waybill itself tell of the signals' collectors: what goes to Zipkin is counted apart. */
function countersOf(destination: Destination): Counters {
  return destination === 'zipkin' ? apart : counters
}
