import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { MoreRecords, withMoreRecords } from './kafka-fetch.ts'
import { createTopics } from './kafka-topics.ts'
import { API, cappedMaxWait, frameSplitter, ownAddress, ownVersions } from './kafka-wire.ts'

/**
 * A TCP relay in front of librdkafka's mock cluster of one broker, which makes it usable for every client: a port
 * of our choice, a controller, `CreateTopics`, no API versions that the cluster offers and then breaks, fetches that
 * see new records soon (the cluster lets them wait their whole `maxWait`), and all of them (the cluster gives what
 * one producer request brought).
 *
 * @param options.upstream the cluster's port on 127.0.0.1
 * @param options.port the relay's own; 0 for any free one
 * @returns the relay's port
 * @throws Error when the port is taken
 */
export function startRelay(options: { upstream: number; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer((client) => relay(client, options.upstream, port()))
    const port = (): number => (server.address() as AddressInfo).port
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', () => resolve(port()))
  })
}

function relay(client: Socket, upstream: number, port: number): void {
  const broker = connect(upstream, '127.0.0.1')
  const more = new MoreRecords(upstream)
  tie(client, broker, () => more.close())
  /** Requests whose answers are rewritten, by correlation id. */
  const awaited = new Map<number, { key: number; version: number }>()

  client.on(
    'data',
    frameSplitter((request) => {
      const key = request.readInt16BE(4)
      if (key === API.createTopics) {
        createTopics(request, upstream).then(
          (answer) => client.write(answer),
          () => client.destroy(),
        )
        return
      }
      if (REWRITTEN.has(key)) awaited.set(request.readInt32BE(8), { key, version: request.readInt16BE(6) })
      send(broker, key === API.fetch ? cappedMaxWait(request) : request, client)
    }),
  )

  const rewritten = (answer: Buffer): Buffer | Promise<Buffer> => {
    const correlation = answer.readInt32BE(4)
    const request = awaited.get(correlation)
    awaited.delete(correlation)
    if (!request) return answer
    if (request.key === API.fetch) return withMoreRecords(answer, request.version, more)
    if (request.key === API.versions) return ownVersions(answer)
    return ownAddress(answer, { from: upstream, to: port })
  }
  // Answers go out in the order in which they came: some have to wait for more records.
  let before: Promise<unknown> = Promise.resolve()
  broker.on(
    'data',
    frameSplitter((answer) => {
      before = before
        .then(async () => send(client, await rewritten(answer), broker))
        .catch(() => client.destroy())
    }),
  )
}

const REWRITTEN: ReadonlySet<number> = new Set([API.fetch, API.metadata, API.findCoordinator, API.versions])

function send(to: Socket, frame: Buffer, from: Socket): void {
  if (to.write(frame)) return
  from.pause()
  to.once('drain', () => from.resume())
}

/** What ends one of the two ends the other, and what belongs to them. */
function tie(a: Socket, b: Socket, also: () => void): void {
  const end = (): void => {
    also()
    a.destroy()
    b.destroy()
  }
  for (const socket of [a, b]) socket.setNoDelay().on('error', end).on('close', end)
}
