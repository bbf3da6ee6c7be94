// What the two transports have in common, against real servers.
import { createServer, type AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { until } from './support/collector.ts'
import { bytes, endpointOf, LATE, transportTo, useTransports, type Kind } from './support/transports.ts'

const { either, open, restarted } = useTransports()
const ENCODING = { HTTP: 'content-encoding', gRPC: 'grpc-encoding' }

describe.each<Kind>(['HTTP', 'gRPC'])('%s', (kind) => {
  test('gzip', async () => {
    const [transport, collector] = await either(kind, { gzip: true })
    await transport.send(bytes('x'.repeat(1000)), 'protobuf')
    expect(collector.received[0]!.headers[ENCODING[kind]]).toBe('gzip')
    expect(gunzipSync(collector.received[0]!.body).toString()).toBe('x'.repeat(1000))
  })

  test('nobody listens: tried again, nothing can have arrived', async () => {
    const [transport, collector] = await either(kind)
    await collector.close()
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({
      kind: 'retry',
      error: 'ECONNREFUSED',
      unsure: false,
    })
    expect(transport.connected).toBe(false)
  })

  test('no answer: perhaps taken; the next one has another connection', async () => {
    let isSilent = true
    const [transport, collector] = await either(kind, { timeout: 100 }, (answer) => {
      if (!isSilent) answer()
    })
    expect(await transport.send(bytes('x'), 'protobuf')).toEqual(LATE)
    isSilent = false
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    expect(collector.connections()).toBe(2)
    await until('the silent connection is closed', () => collector.sockets() === 1)
  })

  test('a server that takes the connection and says nothing', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    open.push(silent)
    await new Promise((resolve) => silent.once('listening', resolve))
    silent.on('connection', (socket) => open.push({ close: () => socket.destroy() }))
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const transport = transportTo(kind, endpointOf(url, kind, { timeout: 100 }))
    expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'retry', error: 'timeout' })
  })

  test('a kept connection is reset when the request was taken: sent again at once, and perhaps there twice', async () => {
    let resets = false
    const [transport, collector] = await either(kind, {}, (answer) => {
      if (!resets) return answer()
      resets = false
      collector.reset()
    })
    expect(await transport.send(bytes('x'), 'protobuf')).not.toHaveProperty('unsure')
    resets = true
    expect(await transport.send(bytes('y'), 'protobuf')).toMatchObject({ kind: 'delivered', unsure: true })
    expect(collector.bodies()).toEqual(['x', 'y', 'y'])
  })

  test('a kept connection that the server closed, a server that was restarted: no failure at all', async () => {
    const [transport, collector] = await either(kind)
    await transport.send(bytes('x'), 'protobuf')
    collector.reset()
    // At once: the client has not seen the reset yet.
    expect(await transport.send(bytes('y'), 'protobuf')).toMatchObject({ kind: 'delivered' })
    await collector.close()
    await restarted(kind, collector)
    expect(await transport.send(bytes('z'), 'protobuf')).toMatchObject({ kind: 'delivered' })
  })
})
