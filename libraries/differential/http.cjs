const http = require('node:http')
const net = require('node:net')
const { context, propagation } = require('@opentelemetry/api')
const { serve } = require('./server.cjs')
const { close, listen, REFUSED, step } = require('./steps.cjs')
const { clientSteps } = require('./client-steps.cjs')

async function main() {
  const server = http.createServer(serve)
  const port = await listen(server)
  await clientSteps(http, `http://127.0.0.1:${port}`, {})
  await step('refused', () => get(REFUSED))
  await step('no such host', () => get('http://nowhere.invalid/'))
  await step('malformed request', () => raw(port, 'GET /ok HTTP/1.1', 'bad header'))
  await step('HTTP/1.0', () => raw(port, 'GET /ok HTTP/1.0'))
  const from = (host) => [`Host: ${host}`, 'Connection: close']
  await step('proxied', () =>
    raw(
      port,
      'GET /ok?a=1 HTTP/1.1',
      ...from('shop.example:81'),
      'X-Forwarded-For: 192.0.2.1, 192.0.2.2',
      'X-Forwarded-Proto: https',
      'User-Agent: old/1',
    ),
  )
  await step('absolute form', () => raw(port, 'GET http://shop.example/ok HTTP/1.1', ...from('shop.example')))
  await step('unknown method', () => raw(port, 'PURGE /ok HTTP/1.1', ...from('shop.example')))
  await close(server)
  await throwingHandler()
}

/** The handler throws; the app goes on by a handler of its own. */
async function throwingHandler() {
  process.once('uncaughtException', () => {})
  const server = http.createServer((request, response) => {
    request.socket.on('close', () => response.destroy())
    setImmediate(() => response.destroy())
    throw new TypeError('the handler broke')
  })
  const port = await listen(server)
  await step('throwing handler', () => get(`http://127.0.0.1:${port}/ok`))
  await close(server)
}

function get(url) {
  return new Promise((resolve, reject) => {
    http.get(url, (response) => response.resume().on('close', resolve)).on('error', reject)
  })
}

/** A request as written, with the context of the step in its headers. */
function raw(port, ...lines) {
  const headers = {}
  propagation.inject(context.active(), headers)
  const text = [...lines, `traceparent: ${headers.traceparent}`, '', ''].join('\r\n')
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
    socket.resume().on('close', resolve)
  })
}

void main()
