import { connect, type IncomingHttpHeaders } from 'node:http2'
import { startCollector, type Collector } from '../../collector/collector.ts'
import type { Protocol } from '../../collector/listen.ts'
import { traceRequest } from '../support/otlp.ts'

jest.setTimeout(60_000)

let collector: Collector | undefined

afterEach(() => collector?.stop())

describe.each(['grpc', 'http'] as Protocol[])('a collector for %s', (protocol) => {
  const send = (url: string, request: Buffer, patience = 10_000): Promise<string> =>
    (protocol === 'grpc' ? sendGrpc : sendHttp)(url, request, patience).catch(() => 'gone')

  test('tells spans apart by their ids, and counts those that come again', async () => {
    collector = await startCollector(protocol, { latency: 0 })
    const { url } = collector
    await send(url, traceRequest('bench', ['0000000000000001', '0000000000000002']))
    await send(url, traceRequest('bench', ['0000000000000002', '0000000000000003']))
    await send(url, traceRequest('of the SDK', ['0000000000000004']))
    expect(await collector.arrived()).toMatchObject({ spans: 3, again: 1, between: 4 })
    expect(await collector.arrived(Date.now() + 1000)).toMatchObject({ spans: 3, between: 0 })
  })

  test('takes nothing while something is wrong with it', async () => {
    collector = await startCollector(protocol, { latency: 0, fault: 'half' })
    const { url } = collector
    const request = traceRequest('bench', ['0000000000000001'])
    await expect(send(url, request)).resolves.toBe('unavailable')
    expect(await collector.arrived()).toMatchObject({ spans: 0 })
    await expect(send(url, request)).resolves.toBe('accepted')
    await collector.behave({ latency: 0, fault: 'reset' })
    await expect(send(url, request)).resolves.toBe('gone')
    await collector.down()
    await expect(send(url, request)).resolves.toBe('gone')
    await collector.behave({ latency: 50 })
    await collector.up()
    const began = performance.now()
    await expect(send(url, request)).resolves.toBe('accepted')
    expect(performance.now() - began).toBeGreaterThan(45)
    expect(await collector.arrived()).toMatchObject({ spans: 1, again: 1 })
  })

  test('does not count what it could not say yes to', async () => {
    collector = await startCollector(protocol, { latency: 300 })
    const { url } = collector
    await expect(send(url, traceRequest('bench', ['0000000000000001']), 50)).resolves.toBe('gone')
    await expect(send(url, traceRequest('bench', ['0000000000000002']))).resolves.toBe('accepted')
    expect(await collector.arrived()).toMatchObject({ spans: 1, again: 0 })
  })

  test('an answer that stalls does not end', async () => {
    collector = await startCollector(protocol, { latency: 0, fault: 'stall' })
    const { url } = collector
    const sent = send(url, traceRequest('bench', ['0000000000000001']))
    await expect(
      Promise.race([sent, new Promise((resolve) => setTimeout(resolve, 200, 'nothing'))]),
    ).resolves.toBe('nothing')
    expect(await collector.arrived()).toMatchObject({ spans: 0 })
    await collector.down()
    await expect(sent).resolves.toBe('gone')
  })
})

/** @param patience milliseconds until the client goes away */
async function sendHttp(url: string, body: Buffer, patience: number): Promise<string> {
  const headers = { 'content-type': 'application/x-protobuf', connection: 'close' }
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(patience),
  })
  await response.arrayBuffer()
  return response.status === 503 ? 'unavailable' : 'accepted'
}

async function sendGrpc(url: string, message: Buffer, patience: number): Promise<string> {
  const session = connect(url)
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject)
      timer = setTimeout(() => session.destroy(), patience)
      const stream = session.request({
        ':method': 'POST',
        ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        'content-type': 'application/grpc',
      })
      const answered = ({ 'grpc-status': status }: IncomingHttpHeaders): void => {
        if (status === '0') resolve('accepted')
        if (status === '14') resolve('unavailable')
      }
      stream.on('response', answered).on('trailers', answered).on('error', reject)
      stream.on('close', () => reject(new Error('it ended without a status')))
      const prefix = Buffer.alloc(5)
      prefix.writeUInt32BE(message.length, 1)
      stream.resume().end(Buffer.concat([prefix, message]))
    })
  } finally {
    clearTimeout(timer)
    session.destroy()
  }
}
