import type { AddressInfo } from 'node:net'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { ActionError, email, pipeline, type EmailOptions } from '../src/index.ts'
import { allText, startTelemetry, type Telemetry } from './telemetry.ts'

const event = { contact: 'jane@customer.test' }
let telemetry: Telemetry
let server: SMTPServer
let port: number
let mails: string[]
/** Reply codes to RCPT TO, one a recipient; then 250. */
let replies: number[]

beforeEach(async () => {
  telemetry = startTelemetry()
  mails = []
  replies = []
  server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, _session, answer) {
      const responseCode = replies.shift() ?? 250
      answer(responseCode === 250 ? null : Object.assign(new Error(`no user ${address}`), { responseCode }))
    },
    onData(stream, _session, answer) {
      let mail = ''
      stream.on('data', (piece) => (mail += String(piece)))
      stream.on('end', () => {
        mails.push(mail)
        answer()
      })
    },
  })
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening)
  })
  port = (server.server.address() as AddressInfo).port
})
afterEach(async () => {
  await new Promise<void>((closed) => {
    server.close(closed)
  })
  await telemetry.stop()
})

async function send(options: Partial<EmailOptions<typeof event>> = {}) {
  const { handle } = pipeline<typeof event>({
    name: 'p',
    actions: [
      email<typeof event>({
        name: 'mail',
        transport: createTransport({ host: '127.0.0.1', port }),
        template: 'needs-attention',
        message: ({ contact }) => ({
          from: 'desk@parcels.test',
          to: contact,
          cc: ['"Doe, Jim" <jim@customer.test>', 'joe@customer.test'],
          subject: 'Parcel P-1 hurt',
          text: 'Private words',
        }),
        retry: { backoffMs: 1 },
        ...options,
      }),
    ],
    onError: () => {},
  })
  return (await handle(event)).actions[0]!
}

const PRIVATE = /customer\.test|jane|jim|joe|Parcel P-1|Private words/

test('the mail arrives; spans say how many, not who or what', async () => {
  expect(await send()).toMatchObject({ name: 'mail', ok: true })
  expect(mails).toHaveLength(1)
  expect(mails[0]).toContain('Subject: Parcel P-1 hurt')

  // listener p
  // └── action mail        INTERNAL
  //     └── send email     CLIENT
  expect(telemetry.tree()).toBe('listener p\n  action mail\n    send email')
  const sending = telemetry.span('send email')
  expect(sending.kind).toBe(SpanKind.CLIENT)
  expect(sending.attributes).toEqual({ 'server.address': '127.0.0.1', 'server.port': port })
  expect(telemetry.span('action mail').attributes).toEqual({
    action_type: 'email',
    outcome: 'ok',
    template_name: 'needs-attention',
    recipient_count: 3,
    delivery_status: 'sent',
    'email.message_id': expect.stringMatching(/^<.+@parcels\.test>$/),
  })
  expect(allText(telemetry.spans())).not.toMatch(PRIVATE)
})

test('a transport made from a connection string, pooled, is known as well', async () => {
  const transport = createTransport(`smtp://127.0.0.1:${port}/?pool=true`)
  expect((await send({ transport })).ok).toBe(true)
  transport.close()
  expect(telemetry.span('send email').attributes['server.port']).toBe(port)
})

test('what the server refuses for good is rejected, and not tried again', async () => {
  replies = [550, 550, 550]
  const outcome = await send()
  expect(outcome.error).toBeInstanceOf(ActionError)
  expect(outcome).toMatchObject({ ok: false, error: { code: '550', message: 'email mail: 550' } })
  // The library's own error is there for those who may see it.
  expect(((outcome.error as Error).cause as Error).message).toContain('joe@customer.test')
  expect(telemetry.span('action mail').attributes).toMatchObject({
    outcome: 'failed',
    delivery_status: 'rejected',
    recipient_count: 3,
    'error.type': '550',
  })
  expect(telemetry.span('send email').status.code).toBe(SpanStatusCode.ERROR)
  expect(allText(telemetry.spans())).not.toMatch(PRIVATE)
})

test('what the server refuses for now is tried again', async () => {
  replies = [451, 451, 451]
  expect((await send()).ok).toBe(true)
  expect(telemetry.tree()).toBe('listener p\n  action mail\n    send email\n    send email')
  expect(telemetry.span('action mail').attributes['delivery_status']).toBe('sent')
  expect(mails).toHaveLength(1)
})

test('a server that is not there is tried again, then failed', async () => {
  const transport = createTransport({ host: '127.0.0.1', port: 1 })
  const outcome = await send({ transport, retry: { attempts: 2, backoffMs: 1 } })
  expect(outcome).toMatchObject({ ok: false, error: { code: 'ECONNREFUSED' } })
  expect(telemetry.spans().filter(({ name }) => name === 'send email')).toHaveLength(2)
  expect(telemetry.span('action mail').attributes['delivery_status']).toBe('failed')
})

test('a mail that cannot be made fails without an attempt', async () => {
  const outcome = await send({
    message: () => {
      throw new Error('no template')
    },
  })
  expect(outcome).toMatchObject({ ok: false, error: { message: 'no template' } })
  expect(telemetry.tree()).toBe('listener p\n  action mail')
})
