import type { ServerResponse } from 'node:http'
import { SpanStatusCode } from '@opentelemetry/api'
import { ActionError } from '../src/index.ts'
import { useReceiver } from './receiver.ts'
import { allText, attributesOf } from './telemetry.ts'

const receiver = useReceiver()

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end('answer')
  }

test('each attempt is a span; what fails for now is tried again', async () => {
  receiver.answers = [status(503), status(429), status(408), status(204)]
  const outcome = await receiver.send({ retry: { attempts: 4, backoffMs: 1 } })

  expect(outcome.ok).toBe(true)
  expect(receiver.telemetry.tree()).toBe('listener p\n  action hook\n    POST\n    POST\n    POST\n    POST')
  expect(
    attributesOf(receiver.attempts()).map((attributes) => [
      attributes['http.response.status_code'],
      attributes['error.type'],
      attributes['http.request.resend_count'],
    ]),
  ).toEqual([
    [503, '503', undefined],
    [429, '429', 1],
    [408, '408', 2],
    [204, undefined, 3],
  ])
  expect(receiver.attempts().map((span) => span.status.code)).toEqual([
    SpanStatusCode.ERROR,
    SpanStatusCode.ERROR,
    SpanStatusCode.ERROR,
    SpanStatusCode.UNSET,
  ])
  // Each request carries the span of its own attempt.
  expect(receiver.received.map(({ headers }) => String(headers['traceparent']).split('-')[2])).toEqual(
    receiver.attempts().map((span) => span.spanContext().spanId),
  )
  const hook = receiver.telemetry.span('action hook')
  expect(hook.attributes).toMatchObject({ outcome: 'ok', status: 204 })
  expect(hook.status.code).toBe(SpanStatusCode.UNSET)
})

test('a refusal is not tried again', async () => {
  receiver.answers = [status(404)]
  const outcome = await receiver.send({ url: `${receiver.base}/x?key=secret` })
  expect(receiver.received).toHaveLength(1)
  expect(outcome.error).toBeInstanceOf(ActionError)
  expect(outcome).toMatchObject({ ok: false, error: { code: '404' } })
  expect(receiver.telemetry.span('action hook')).toMatchObject({
    attributes: { outcome: 'failed', status: 404, 'error.type': '404' },
    status: {
      code: SpanStatusCode.ERROR,
      message: `webhook hook: POST ${receiver.base}/x?key=REDACTED answered 404`,
    },
  })
  expect(allText(receiver.telemetry.spans())).not.toContain('secret')
})

test('the attempts end', async () => {
  receiver.answers = [status(500)]
  expect(await receiver.send({ retry: { attempts: 2, backoffMs: 1 } })).toMatchObject({
    ok: false,
    error: { code: '500' },
  })
  expect(receiver.received).toHaveLength(2)
})

test('Retry-After is waited for, up to the bound', async () => {
  receiver.answers = [status(503, { 'retry-after': '0' }), status(200)]
  expect((await receiver.send({ retry: { backoffMs: 60_000 } })).ok).toBe(true)
  receiver.answers = [status(503, { 'retry-after': '3600' }), status(200)]
  expect((await receiver.send({ retry: { backoffMs: 60_000, maxDelayMs: 1 } })).ok).toBe(true)
  receiver.answers = [status(503, { 'retry-after': new Date(0).toUTCString() }), status(200)]
  expect((await receiver.send({ retry: { backoffMs: 60_000 } })).ok).toBe(true)
})

test('a network error is tried again and named by its reason', async () => {
  receiver.answers = [(response) => response.destroy(), status(200)]
  expect((await receiver.send()).ok).toBe(true)
  expect(receiver.attempts()).toHaveLength(2)

  receiver.telemetry.clear()
  await receiver.close()
  const outcome = await receiver.send({ url: `${receiver.base}/?key=secret`, retry: { attempts: 1 } })
  expect(outcome).toMatchObject({ ok: false, error: { code: 'ECONNREFUSED' } })
  expect(allText(receiver.telemetry.spans())).not.toContain('secret')
  expect(receiver.telemetry.span('POST').attributes['error.type']).toBe('ECONNREFUSED')
})

test('an attempt that takes too long ends', async () => {
  receiver.answers = [() => {}]
  const outcome = await receiver.send({ timeoutMs: 50, retry: { attempts: 1 } })
  expect(outcome).toMatchObject({ ok: false, error: { code: 'TimeoutError' } })
})

test('an endless answer is cut off', async () => {
  let ended: Promise<unknown> | undefined
  receiver.answers = [
    (response) => {
      ended = new Promise((closed) => response.on('close', closed))
      const piece = Buffer.alloc(65_536)
      const write = (): void => {
        while (!response.destroyed && response.write(piece));
      }
      response.on('drain', write)
      write()
    },
  ]
  expect((await receiver.send()).ok).toBe(true)
  await ended
})
