const { EventEmitter, once } = require('node:events')
const { PassThrough } = require('node:stream')
const { attempt, calls, close, get, listen, listeners, raw, say, shape, tick } = require('./transcript.cjs')

exports.run = async ({ http }) => {
  await servers(http)
  await orderOfEvents(http)
  await plainObjects(http)
  await throwing(http)
  await bodies(http)
}

const closed = (request) => new Promise((resolve) => request.on('close', resolve))

const describeShort = ({ name, message, code }) => `${name} ${message} ${code}`

async function servers(http) {
  const seen = {}
  function onRequest(request, response) {
    seen.this = this
    seen.listeners = [request, response, request.socket, this].map(listeners)
    seen.prototypes = [
      request instanceof http.IncomingMessage,
      response instanceof http.ServerResponse,
      Object.getPrototypeOf(request) === http.IncomingMessage.prototype,
      Object.getPrototypeOf(response) === http.ServerResponse.prototype,
    ]
    seen.own = [Object.keys(request).join(), Object.keys(response).join()]
    seen.symbols = [
      Object.getOwnPropertySymbols(request).length,
      Object.getOwnPropertySymbols(response).length,
    ]
    seen.methods = ['end', 'write', 'writeHead', 'emit', 'on', 'once', 'setHeader'].map(
      (name) => `${name} ${Object.hasOwn(response, name)} ${shape(response[name])}`,
    )
    seen.stack = calls(new Error('here'))
    if (request.url === '/twice') {
      response.writeHead(200)
      try {
        response.writeHead(201)
      } catch (error) {
        say('writeHead twice', error)
      }
    }
    if (request.url === '/after') {
      response.end('first')
      response.write('late', (error) => say('write after end', error))
      response.on('error', (error) => say('write after end, event', error))
      say('end twice', response.end('second') === response)
      return
    }
    if (request.url === '/bad-header') {
      try {
        response.setHeader('bad header', '1')
      } catch (error) {
        say('bad header', error)
      }
      try {
        response.setHeader('x', undefined)
      } catch (error) {
        say('header without value', error)
      }
    }
    if (request.url === '/raw') {
      response.writeHead(200, 'Fine', ['x-a', '1', 'x-a', '2'])
    }
    if (request.url === '/implicit') {
      response.setHeader('x-own', 'yes')
      response.sendDate = false
      response.flushHeaders()
    }
    response.end('ok')
  }
  const server = http.createServer(onRequest)
  say('handler', server.listeners('request')[0] === onRequest, listeners(server))
  say('server own', Object.keys(server).join(), Object.getPrototypeOf(server) === http.Server.prototype)
  const port = await listen(server)
  for (const url of ['/', '/twice', '/after', '/bad-header', '/raw', '/implicit', '/%ZZ', '*', '//x?y#z'])
    say(`GET ${url}`, await get(port, url))
  for (const [key, value] of Object.entries(seen)) say(key, value === server ? 'the server' : value)
  say('no host', await raw(port, 'GET / HTTP/1.1'))
  say('not HTTP', await raw(port, 'hello'))
  say(
    'pipelined',
    await raw(port, 'GET /1 HTTP/1.1', 'Host: a', '', 'GET /2 HTTP/1.1', 'Host: a', 'Connection: close'),
  )
  say(
    'upgrade, nobody listens',
    await raw(port, 'GET / HTTP/1.1', 'Host: a', 'Connection: upgrade, close', 'Upgrade: x'),
  )
  await close(server)
  say('closed', server.listening)
}

async function orderOfEvents(http) {
  const events = []
  const server = http.createServer()
  server.on('connection', () => events.push('connection'))
  server.prependListener('request', () => events.push('before'))
  server.on('request', (request, response) => {
    events.push('request')
    for (const name of ['finish', 'close', 'prefinish'])
      response.on(name, () => events.push(`response ${name}`))
    for (const name of ['end', 'close']) request.on(name, () => events.push(`request ${name}`))
    request.resume()
    process.nextTick(() => events.push('tick'))
    queueMicrotask(() => events.push('microtask'))
    response.end('x', () => events.push('callback'))
    events.push('ended')
  })
  server.once('request', () => events.push('once'))
  server.on('close', () => events.push('server close'))
  const port = await listen(server)
  await get(port, '/')
  await close(server)
  say('order', events.join(', '))
  say('removed', listeners(server.removeAllListeners('request')))
}

/** Libraries for tests emit requests that are not real. */
async function plainObjects(http) {
  const server = http.createServer()
  const got = []
  server.on('request', (...args) => got.push(args))
  const request = { method: 'GET', url: '/', headers: {} }
  const frozen = Object.freeze({ method: 'GET', url: '/', headers: Object.freeze({}) })
  for (const args of [
    [],
    [undefined],
    [null, null],
    [{}, {}],
    [request, {}],
    [frozen, frozen],
    [request, new EventEmitter()],
  ]) {
    await attempt(`emit ${args.length}`, () => server.emit('request', ...args))
    const last = got.pop()
    say('same objects', last?.length === args.length && last.every((one, index) => one === args[index]))
    say(
      'untouched',
      args.map((one) => (one ? Reflect.ownKeys(one).map(String).join() : one)),
    )
  }
  const made = new http.IncomingMessage(new PassThrough())
  Object.assign(made, { method: 'POST', url: '/made' })
  const response = new http.ServerResponse(made)
  const chunks = []
  response.assignSocket(
    Object.assign(new PassThrough(), { cork() {}, uncork() {} }).on('data', (chunk) => chunks.push(chunk)),
  )
  await attempt('made by hand', () => server.emit('request', made, response))
  say('listeners', listeners(made), listeners(response))
  response.end('made')
  await tick()
  say('answer', String(Buffer.concat(chunks)).replace(/Date.*/, ''))
  const two = new http.Server()
  await attempt('two servers, one request', () => {
    two.on('request', (one, other) => say('passed on', one === made, other === response))
    server.removeAllListeners('request').on('request', (...args) => two.emit('request', ...args))
    return server.emit('request', made, response)
  })
}

async function throwing(http) {
  const thrown = new Error('in the handler')
  const caught = (error, origin) => say('uncaught', error === thrown, error, origin, calls(error))
  process.on('uncaughtException', caught)
  const server = http.createServer((request, response) => {
    response.on('finish', () => say('finished'))
    if (request.url === '/sync') {
      setImmediate(() => response.end('after all'))
      throw thrown
    }
    if (request.url === '/tick')
      process.nextTick(() => setImmediate(() => response.end('after all')) && fail())
    if (request.url === '/async') {
      response.end('fine')
      return Promise.reject(thrown)
    }
  })
  const fail = () => {
    throw thrown
  }
  const port = await listen(server)
  process.on('unhandledRejection', (error) => say('unhandled', error === thrown, error))
  for (const url of ['/sync', '/tick', '/async']) say(url, await get(port, url))
  await close(server)
  process.removeAllListeners('unhandledRejection')
  process.off('uncaughtException', caught)
  await attempt('emit throws', () => http.createServer(fail).emit('request', {}, {}))
}

async function bodies(http) {
  const server = http.createServer(async (request, response) => {
    if (request.url === '/pipe') request.pipe(response)
    if (request.url === '/iterate') {
      const chunks = []
      for await (const chunk of request) chunks.push(String(chunk))
      response.end(chunks.join('|'))
    }
    if (request.url === '/paused') {
      say('flowing', request.readableFlowing, listeners(request))
      await tick()
      request.on('data', (chunk) => response.write(`<${chunk}>`)).on('end', () => response.end())
      say('flowing', request.readableFlowing)
    }
    if (request.url === '/aborted') {
      request.on('aborted', () => say('server: aborted'))
      request.on('error', (error) => say('server: error', error))
      response.on('close', () => say('server: close', response.writableFinished, request.destroyed))
    }
  })
  const port = await listen(server)
  const ask = (path) =>
    new Promise((resolve) => {
      const request = http.request({ port, path, method: 'POST', agent: false }, (response) => {
        let text = ''
        response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text))
      })
      request.write('one')
      request.end('two')
    })
  for (const path of ['/pipe', '/iterate', '/paused']) say(path, await ask(path))
  const gone = http.request({ port, path: '/aborted', method: 'POST' })
  const order = []
  gone.on('error', (error) => order.push(describeShort(error))).on('abort', () => order.push('abort'))
  gone.write('some')
  await once(server, 'request')
  gone.destroy()
  await closed(gone)
  say('client', order)
  await close(server)
}
