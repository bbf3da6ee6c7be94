// What an app can observe, as lines of text that do not change from run to run. No library that is traced is
// loaded here.
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { inspect } = require('node:util')

/** A line: what it is about, and what was seen. */
const say = (label, ...values) => {
  const text = values.map((value) => (typeof value === 'string' ? value : show(value))).join(' ')
  fs.writeSync(1, `${label}: ${steady(text).replaceAll('\n', '⏎')}\n`)
}

const show = (value) =>
  value instanceof Error
    ? describe(value)
    : inspect(value, { depth: 4, breakLength: Infinity, compact: true })

/** Do `work`; what it gives, or what it throws. */
const attempt = async (label, work) => {
  try {
    say(label, await work())
  } catch (error) {
    say(label, 'threw', error)
  }
}

/** An error as the app sees it, down to who called whom. */
function describe(error) {
  if (!(error instanceof Error)) return `${inspect(error)}, not an Error`
  const { name, message, code, cause } = error
  const own = Object.keys(error).toSorted().join()
  return [
    `${name}: ${message}`,
    ...(code === undefined ? [] : [`code ${code}`]),
    ...(own === '' ? [] : [`keys ${own}`]),
    ...(cause === undefined ? [] : [`cause (${describe(cause)})`]),
    `at ${firstFrame(error)}`,
  ].join(', ')
}

/** The first call of the app itself. */
function firstFrame({ stack }) {
  const frames = String(stack)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
  const own = frames.find((line) => line.includes(__dirname) && !line.includes('transcript.cjs'))
  return own?.trim().replace(/^at /, '') ?? 'nowhere in the app'
}

/** The calls that lead to an error, outermost last, without those of Node itself; lines only of the app's own. */
const calls = (error) =>
  String(error.stack)
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('node:'))
    .map((line) => {
      const [, call = '', file, at] =
        /^\s+at (?:async )?(.*?)\(?(?:file:\/\/)?[^ (]*\/([^/]+?)(:\d+:\d+)\)?$/.exec(line) ?? [, line]
      return line.includes(__dirname) ? `${call}${file}${at}` : `${call}${file}`
    })

/** What a function shows of itself. */
const shape = (fn) =>
  typeof fn === 'function'
    ? `${fn.name}/${fn.length} own ${Reflect.ownKeys(fn).map(String).toSorted().join()} ${inspect(fn).split('\n')[0]}`
    : typeof fn

/** How many listen to each event. */
const listeners = (emitter) =>
  Object.fromEntries(
    emitter
      .eventNames()
      .map((name) => [String(name), emitter.listenerCount(name)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )

// A wrapper's frame is not to push the app's out of sight.
Error.stackTraceLimit = 30

const ROOT = path.dirname(__dirname)
const steady = (text) =>
  text
    // Of errors inside of what is shown.
    .replaceAll(/\n\s+at [^\n]*/g, '')
    .replaceAll(ROOT, '')
    .replaceAll(/(127\.0\.0\.1|localhost|\[::1\]|::1):\d{4,5}/g, '$1:PORT')
    .replaceAll(/\b(port|localPort|remotePort): \d{4,5}/g, '$1: PORT')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')

const listen = (server) =>
  new Promise((resolve, reject) =>
    server.on('error', reject).listen(0, '127.0.0.1', () => resolve(server.address().port)),
  )
const close = (server) => new Promise((resolve) => server.close(resolve))

/** The time of day, and headers that Waybill is asked to add. */
const NOT_COMPARED = /(?:date|x-trace-id|x-correlation-id|traceresponse|server-timing): [^\r]*\r\n/gi

/** Bytes to a port, and all that comes back, without the time of day. */
const raw = (port, ...lines) =>
  new Promise((resolve) => {
    let text = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write([...lines, '', ''].join('\r\n')))
    socket.on('data', (chunk) => (text += chunk))
    socket.on('error', (error) => resolve(`${text} ${error.code}`))
    socket.on('close', () => resolve(text.replaceAll(NOT_COMPARED, '').split('\r\n')))
  })

/** One plain GET, by no library. */
const get = (port, url, ...headers) =>
  raw(port, `GET ${url} HTTP/1.1`, 'Host: shop', 'Connection: close', ...headers)

/** One POST to /echo. */
const post = (port, type, body) =>
  raw(
    port,
    'POST /echo HTTP/1.1',
    'Host: a',
    'Connection: close',
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    '',
    body,
  )

/** Headers without those that Waybill is asked to add. */
const plain = (headers) =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) =>
        !/^(traceparent|tracestate|baggage|date|x-trace-id|x-correlation-id|traceresponse|server-timing)$/i.test(
          name,
        ),
    ),
  )

const tick = () => new Promise((resolve) => setImmediate(resolve))

process.on('warning', (warning) => say('warning', warning.name, warning.message))
// Waybill listens to what ends a process, and must: that much an app can see. Transports of pino come and go.
const NOT_COUNTED = /^(SIG\w+|exit|beforeExit|uncaughtExceptionMonitor|newListener|removeListener|worker)$/
process.on('exit', (code) => {
  const counted = Object.entries(listeners(process)).filter(([name]) => !NOT_COUNTED.test(name))
  say('exit', code, Object.fromEntries(counted))
})

module.exports = { attempt, calls, close, get, listen, listeners, plain, post, raw, say, shape, tick }
