import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { HttpTransport } from '../src/export/http.ts'
import { bytes, endpointOf, useTransports } from './support/transports.ts'

const { open } = useTransports()

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-tls-'))
  for (const name of ['one', 'two']) {
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject].concat([
        '-keyout',
        join(dir, `${name}.key`),
        '-out',
        join(dir, `${name}.pem`),
      ]),
      { stdio: 'ignore' },
    )
  }
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const read = (file: string): Buffer => readFileSync(join(dir, file))

test('mTLS; the client certificate is renewed while the process runs: new connections use it', async () => {
  const seen: string[] = []
  const server = createServer(
    {
      key: read('one.key'),
      cert: read('one.pem'),
      ca: [read('one.pem'), read('two.pem')],
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      seen.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN))
      request.resume().on('end', () => response.end())
    },
  ).listen(0, '127.0.0.1')
  open.push({ close: () => (server.closeAllConnections(), server.close()) })
  await new Promise((resolve) => server.once('listening', resolve))
  for (const part of ['key', 'pem']) copyFileSync(join(dir, `one.${part}`), join(dir, `client.${part}`))
  const tls = { ca: join(dir, 'one.pem'), cert: join(dir, 'client.pem'), key: join(dir, 'client.key') }
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
  const transport = new HttpTransport(endpointOf(url, 'HTTP', { tls }))
  expect(await transport.send(bytes('x'), 'protobuf')).toMatchObject({ kind: 'delivered' })
  for (const part of ['key', 'pem']) {
    copyFileSync(join(dir, `two.${part}`), join(dir, `client.${part}`))
    utimesSync(join(dir, `client.${part}`), 1, 1)
  }
  const later = performance.now() + 6000
  const clock = jest.spyOn(performance, 'now').mockReturnValue(later)
  expect(await transport.send(bytes('y'), 'protobuf')).toMatchObject({ kind: 'delivered' })
  clock.mockRestore()
  expect(seen).toEqual(['one', 'two'])

  const stranger = new HttpTransport(endpointOf(url, 'HTTP', { tls: { ca: join(dir, 'two.pem') } }))
  expect(await stranger.send(bytes('z'), 'protobuf')).toMatchObject({ kind: 'retry', unsure: false })
})
