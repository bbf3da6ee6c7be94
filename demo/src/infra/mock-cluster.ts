// A process of its own: librdkafka's mock cluster, and the relay in front of it. Started by kafka.ts.
import { KafkaClient } from 'kafka-crab-js'
import { hosted } from './hosted.ts'
import { startRelay } from './relay.ts'

/** From the starter, which has read the mock cluster's port in this process's log. */
export interface KafkaUpstream {
  upstream: number
}
export interface KafkaReady {
  port: number
}

/** A client that is collected takes its cluster with it. */
const keep: unknown[] = []

hosted<KafkaReady>(async () => {
  const upstream = new Promise<number>((resolve) => {
    process.once('message', (message: KafkaUpstream) => resolve(message.upstream))
  })
  startCluster()
  // Nothing to undo: the cluster and the relay end with the process.
  return { port: await startRelay({ upstream: await upstream, port: Number(process.argv[2] ?? 0) }) }
})

/** Any client with this setting starts a cluster. */
function startCluster(): void {
  const client = new KafkaClient({
    brokers: '127.0.0.1:1', // librdkafka wants an address; the mock cluster's own replaces it
    clientId: 'mock-cluster',
    logLevel: 'info', // the level at which the address is told
    configuration: { 'test.mock.num.brokers': '1' },
  })
  keep.push(client, client.createProducer({ configuration: {} }))
}
