const { EventEmitter, once } = require('node:events')
const {
  attempt,
  calls,
  close,
  get,
  listen,
  listeners,
  plain,
  raw,
  say,
  shape,
  tick,
} = require('./transcript.cjs')

exports.run = async ({ http, https }) => {
  surface(http)
  surface(https)
  await clients(http)
  await patchedByTheApp(http)
}

const closed = (request) => new Promise((resolve) => request.on('close', resolve))

const describeShort = ({ name, message, code }) => `${name} ${message} ${code}`

function surface(http) {
  for (const name of [
    'request',
    'get',
    'createServer',
    'Server',
    'ClientRequest',
    'IncomingMessage',
    'Agent',
  ])
    say(name, shape(http[name]))
  say('keys', Object.keys(http).join())
  say(
    'same module',
    http === (http.Agent === require('node:http').Agent ? require('http') : require('https')),
  )
  say('methods', Object.getOwnPropertyDescriptor(http, 'request'))
  say('Server.prototype', Reflect.ownKeys(http.Server.prototype).map(String).join())
  say('emit', shape(http.Server.prototype.emit), Object.hasOwn(http.Server.prototype, 'emit'))
  say('emitter', EventEmitter.prototype.emit === new EventEmitter().emit, shape(EventEmitter.prototype.emit))
}

async function clients(http) {
  const server = http.createServer((request, response) => {
    response.setHeader('x-got', JSON.stringify(plain(request.headers)))
    response.setHeader(
      'x-raw',
      request.rawHeaders.filter((name) => !/^(traceparent|tracestate|baggage|00-)/i.test(name)).join(),
    )
    if (request.url === '/never') return
    if (request.url === '/hang-up') request.socket.destroy()
    else if (request.url === '/continue') setImmediate(() => response.end('continued'))
    else response.end(`${request.method} ${request.url}`)
  })
  const port = await listen(server)
  const base = `http://127.0.0.1:${port}`
  const url = new URL('/path?x=1', base)
  const answer = (make) =>
    new Promise((resolve, reject) => {
      const request = make((response) => {
        let text = ''
        response.on('data', (chunk) => (text += chunk))
        response.on('end', () => resolve([response.statusCode, plain(response.headers)['x-got'], text]))
      })
      request.on('error', reject)
    })
  const forms = {
    string: (done) => http.get(`${base}/path`, done),
    URL: (done) => http.get(url, done),
    'string and options': (done) =>
      http.get(`${base}/path`, { method: 'PUT', headers: { 'X-A': ['1', '2'] } }, done),
    'URL and options': (done) => http.get(url, { path: '/other' }, done),
    options: (done) => http.get({ host: '127.0.0.1', port, path: '/options' }, done),
    'frozen options': (done) =>
      http.get(Object.freeze({ host: '127.0.0.1', port, headers: Object.freeze({ 'X-Frozen': '1' }) }), done),
    'frozen URL': (done) => http.get(Object.freeze(new URL(url)), done),
    'header list': (done) => http.get({ port, headers: ['X-A', '1', 'Host', 'shop'] }, done),
    'null options': (done) => http.get(url, null, done),
    'undefined options': (done) => http.get(url, undefined, done),
    'no prototype': (done) => http.get(Object.assign(Object.create(null), { port }), done),
    'inherited options': (done) => http.get(Object.create({ port, path: '/inherited' }), done),
    getters: (done) =>
      http.get(
        {
          get port() {
            return port
          },
          get path() {
            return '/getter'
          },
        },
        done,
      ),
    'without agent': (done) => http.get({ port, agent: false }, done),
    'set later': (done) => {
      const request = http.request(url, done)
      request.setHeader('X-Late', 'yes')
      request.removeHeader('host')
      request.setHeader('host', 'late')
      request.flushHeaders()
      request.end()
      return request
    },
    'other events': (done) => http.get(url).on('response', done),
    'Request class': (done) => {
      const request = new http.ClientRequest(url, done)
      request.end()
      return request
    },
  }
  for (const [name, form] of Object.entries(forms)) await attempt(name, () => answer(form))

  const bad = {
    nothing: () => http.get(),
    null: () => http.get(null),
    number: () => http.get(7),
    'empty string': () => http.get(''),
    'not a URL': () => http.get('not a url'),
    'other protocol': () => http.get('ftp://127.0.0.1/'),
    'https by http': () => http.get('https://127.0.0.1/'),
    'bad path': () => http.get({ port, path: '/a b' }),
    'bad method': () => http.get({ port, method: 'A B' }),
    'method of a kind': () => http.get({ port, method: 7 }),
    'bad header': () => http.get({ port, headers: { 'a b': '1' } }),
    'bad value': () => http.get({ port, headers: { a: undefined } }),
    'bad agent': () => http.get({ port, agent: 7 }),
    'bad host': () => http.get({ port, host: 7 }),
    'bad callback': () => http.get(url, 'callback').on('error', () => {}),
    'bad port': () => http.get({ port: 70_000 }),
    'throwing getter': () =>
      http.get({
        get headers() {
          throw new TypeError('mine')
        },
      }),
  }
  for (const [name, form] of Object.entries(bad)) {
    await attempt(name, async () => {
      const request = form()
      return await new Promise((resolve) => {
        request.on('error', (error) => resolve(describeShort(error)))
        request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)))
      })
    })
  }

  await attempt(
    'no listener for errors',
    () =>
      new Promise((resolve) => {
        process.once('uncaughtException', (error) => resolve(describeShort(error)))
        http.get({ host: '127.0.0.1', port: 1 })
      }),
  )
  await attempt(
    'callback throws',
    () =>
      new Promise((resolve) => {
        process.once('uncaughtException', (error) => resolve([error.message, calls(error)]))
        http.get(url, (response) => {
          response.resume()
          throw new Error('in the callback')
        })
      }),
  )
  const request = http.get(url)
  say('request', listeners(request), Object.keys(request).join(), request instanceof http.ClientRequest)
  say(
    'methods',
    ['end', 'write', 'on', 'emit', 'setHeader'].map((name) => Object.hasOwn(request, name)),
  )
  say(
    'headers',
    plain(request.getHeaders()),
    request.getHeaderNames().filter((name) => name in plain(request.getHeaders())),
  )
  const [response] = await once(request, 'response')
  say(
    'response',
    listeners(response),
    listeners(request),
    response.readableFlowing,
    response instanceof http.IncomingMessage,
  )
  response.resume()
  await once(response, 'close')
  say('nobody reads', await new Promise((resolve) => http.get(url).on('close', () => resolve('closed'))))
  for (const name of ['/hang-up', '/never']) {
    const options = name === '/never' ? { timeout: 30 } : {}
    const order = []
    const request = http.get(`${base}${name}`, options)
    for (const event of ['timeout', 'error', 'close', 'abort', 'socket']) {
      request.on(event, (value) => {
        order.push(event === 'error' ? describeShort(value) : event)
        if (event === 'timeout') request.destroy()
      })
    }
    await closed(request)
    say(name, order)
  }
  const controller = new AbortController()
  await attempt('signal', () => {
    setImmediate(() => controller.abort(new Error('enough')))
    return answer((done) => http.get(`${base}/never`, { signal: controller.signal }, done))
  })
  await attempt('aborted signal', () =>
    answer((done) => http.get(url, { signal: AbortSignal.abort() }, done)),
  )
  await attempt(
    'expect',
    () =>
      new Promise((resolve) => {
        const request = http.request({
          port,
          path: '/continue',
          method: 'POST',
          headers: { Expect: '100-continue' },
        })
        request.on('continue', () => request.end('body'))
        request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)))
        request.flushHeaders()
      }),
  )
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const sockets = new Set()
  const over = () =>
    new Promise((resolve) =>
      http.get(url, { agent }, (response) => {
        const { socket } = response
        sockets.add(socket)
        response.resume().on('end', () => resolve(listeners(socket)))
      }),
    )
  for (let i = 0; i < 12; i++) await over()
  say('keep alive', sockets.size, await over())
  await tick()
  say('free socket', listeners([...sockets][0]), Object.keys(agent.freeSockets).length)
  agent.destroy()
  class Own extends http.Agent {
    addRequest(request, options) {
      say('own agent', Object.keys(plain(options.headers ?? {})).join(), options.path)
      return super.addRequest(request, options)
    }
  }
  await attempt('own agent', () => answer((done) => http.get(url, { agent: new Own() }, done)))
  await close(server)
}

async function patchedByTheApp(http) {
  const { request, get } = http
  const seen = []
  await attempt('replaced', async () => {
    http.request = function mine(...args) {
      seen.push(typeof args[0])
      return Reflect.apply(request, this, args)
    }
    const mine = http.request
    say('kept', http.request === mine, http.get === get)
    await new Promise((resolve) => http.request('http://127.0.0.1:1/').on('error', resolve).end())
    return seen
  })
  http.request = request
  say('put back', http.request === request)
  await attempt('stubbed', async () => {
    http.get = (url, done) => done({ statusCode: 299, url })
    return await new Promise((resolve) => http.get('http://shop/', resolve))
  })
  http.get = get
  const { emit } = http.Server.prototype
  http.Server.prototype.emit = function (...args) {
    if (args[0] === 'request') seen.push('emit')
    return Reflect.apply(emit, this, args)
  }
  await attempt('emit replaced', () => http.createServer(() => {}).emit('request', {}, {}))
  say('seen', seen)
  delete http.Server.prototype.emit
  say(
    'emit put back',
    Object.hasOwn(http.Server.prototype, 'emit'),
    http.Server.prototype.emit === EventEmitter.prototype.emit,
  )
}
