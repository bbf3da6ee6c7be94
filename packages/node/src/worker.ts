// Thread entry: owns every connection to the collector. See export/channel.ts for the other end.
import { parentPort, workerData } from 'node:worker_threads'
import { Delivery } from './export/deliver.ts'
import { GrpcTransport } from './export/grpc.ts'
import { HttpTransport } from './export/http.ts'
import { PENDING, type Message, type WorkerStart } from './export/protocol.ts'
import type { Endpoint } from './options/endpoint.ts'
import type { Signal } from './options/read.ts'

const { endpoints, state: shared } = (workerData as WorkerStart).waybillExport
const state = new Int32Array(shared)
const port = parentPort!

const deliveries = new Map<Signal, Delivery>()
for (const [signal, endpoint] of Object.entries(endpoints) as [Signal, Endpoint][]) {
  const transport =
    endpoint.protocol === 'grpc' ? new GrpcTransport(signal, endpoint) : new HttpTransport(endpoint)
  deliveries.set(signal, new Delivery(signal, endpoint, transport, settle))
}

port.on('message', (message: Message) => {
  if (message === 'hurry') for (const delivery of deliveries.values()) delivery.hurry()
  else deliveries.get(message.batch.signal)?.add(message.batch)
})

/** One batch is delivered, or given up. */
function settle(): void {
  if (Atomics.sub(state, PENDING, 1) > 1) return
  Atomics.notify(state, PENDING)
  port.postMessage('idle')
}
