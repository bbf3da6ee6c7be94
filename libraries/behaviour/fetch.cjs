const http = require('node:http')
const { Readable } = require('node:stream')
const { attempt, calls, close, listen, plain, say, shape, tick } = require('./transcript.cjs')

exports.run = async ({ undici }) => {
  const server = http.createServer((request, response) => {
    const answers = {
      '/moved': () => response.writeHead(302, { location: '/ok' }).end(),
      '/loop': () => response.writeHead(302, { location: '/loop' }).end(),
      '/hang-up': () => request.socket.destroy(),
      '/half': () => (
        response.writeHead(200, { 'content-length': 9 }),
        response.write('half', () => request.socket.destroy())
      ),
      '/never': () => {},
      '/gone': () => response.writeHead(410, 'Long gone', { 'x-a': ['1', '2'] }).end('gone'),
    }
    const answer = answers[request.url]
    if (answer) return answer()
    response.setHeader('x-got', JSON.stringify(plain(request.headers)))
    return request.pipe(response)
  })
  const port = await listen(server)
  const base = `http://127.0.0.1:${port}`
  say('global', shape(fetch), Object.getOwnPropertyDescriptor(globalThis, 'fetch'))
  for (const [who, ask] of [
    ['global', fetch],
    ['undici', undici.fetch],
  ]) {
    const told = async (response) => [
      response.status,
      response.statusText,
      response.headers.get('x-got'),
      await response.text(),
      response.redirected,
      response.url.replace(/^.*\//, ''),
    ]
    const of = (name, ...args) => attempt(`${who}: ${name}`, async () => told(await ask(...args)))
    await of('string', `${base}/ok`)
    await of('URL', new URL(`${base}/ok`))
    await of(
      'frozen',
      Object.freeze(new URL(`${base}/ok`)),
      Object.freeze({ method: 'POST', body: 'x', headers: Object.freeze({ 'X-A': '1' }) }),
    )
    await of('headers', `${base}/ok`, {
      headers: new Headers([
        ['a', '1'],
        ['a', '2'],
      ]),
    })
    await of('own context', `${base}/ok`, {
      headers: { 'content-type': 'text/own' },
      method: 'PUT',
      body: new Uint8Array([65]),
    })
    await of('stream', `${base}/ok`, {
      method: 'POST',
      body: Readable.toWeb(Readable.from([Buffer.from('a'), Buffer.from('b')])),
      duplex: 'half',
    })
    await of('stream without duplex', `${base}/ok`, { method: 'POST', body: new ReadableStream() })
    await of('form', `${base}/ok`, { method: 'POST', body: new URLSearchParams({ a: '1' }) })
    for (const path of ['/moved', '/loop', '/hang-up', '/half', '/gone']) await of(path, `${base}${path}`)
    await of('redirect: error', `${base}/moved`, { redirect: 'error' })
    await of('redirect: manual', `${base}/moved`, { redirect: 'manual' })
    await of('refused', 'http://127.0.0.1:1/')
    await of('aborted', `${base}/ok`, { signal: AbortSignal.abort('why') })
    await of('time is up', `${base}/never`, { signal: AbortSignal.timeout(20) })
    for (const [name, ...args] of [
      ['nothing'],
      ['null', null],
      ['number', 7],
      ['no URL', 'none'],
      ['protocol', 'ftp://x/'],
      ['credentials', 'http://a:b@127.0.0.1/'],
      ['null init', `${base}/ok`, null],
      ['bad method', `${base}/ok`, { method: 'A B' }],
      ['forbidden', `${base}/ok`, { method: 'TRACE' }],
      ['body of GET', `${base}/ok`, { body: 'x' }],
      ['bad header', `${base}/ok`, { headers: { 'a b': '1' } }],
      ['bad signal', `${base}/ok`, { signal: 7 }],
      [
        'throwing getter',
        `${base}/ok`,
        {
          get method() {
            throw new Error('mine')
          },
        },
      ],
    ])
      await of(name, ...args)
    const response = await ask(`${base}/ok`)
    say(
      'response',
      response instanceof (who === 'global' ? Response : undici.Response),
      Object.keys(response).join(),
      response.bodyUsed,
    )
    await response.body.cancel()
    const clone = (await ask(`${base}/ok`, { method: 'POST', body: 'twice' })).clone()
    say('clone', await clone.text())
    await attempt('twice', async () => await clone.text())
    await attempt('stack', () =>
      ask('http://127.0.0.1:1/').catch((error) => [calls(error), error.cause?.code]),
    )
    const request = new (who === 'global' ? Request : undici.Request)(`${base}/ok`, {
      method: 'POST',
      body: 'of a request',
      headers: { a: '1' },
    })
    await of('Request', request)
    say('the request', request.bodyUsed, [...request.headers].join())
  }
  const { fetch: original } = globalThis
  const seen = []
  globalThis.fetch = async (...args) => (seen.push(args.length), original(...args))
  await attempt('replaced', async () => (await fetch(`${base}/ok`)).status)
  globalThis.fetch = async () => new Response('stub')
  await attempt('stubbed', async () => (await fetch('http://shop/')).text())
  globalThis.fetch = original
  say('put back', seen, fetch === original)
  await dispatchers(undici, base)
  await tick()
  await undici.getGlobalDispatcher().close()
  server.closeAllConnections()
  await close(server)
}

async function dispatchers(undici, base) {
  for (const name of ['request', 'stream', 'pipeline', 'fetch', 'Client', 'Pool', 'Agent'])
    say(name, shape(undici[name]))
  const order = []
  const handler = {
    onRequestStart: (controller, context) => order.push('start', typeof controller, typeof context),
    onResponseStart: (controller, status) => order.push(status),
    onResponseData: (controller, chunk) => order.push(String(chunk)),
    onResponseEnd: () => order.push('end'),
    onResponseError: (controller, error) => order.push(error.message),
  }
  const client = new undici.Client(base)
  const options = Object.freeze({
    path: '/ok',
    method: 'POST',
    body: 'x',
    headers: Object.freeze({ a: '1' }),
  })
  say('dispatch', client.dispatch(options, Object.freeze(handler)))
  await client.request({ path: '/ok', method: 'GET' }).then(({ body }) => body.text())
  say('order', order)
  for (const headers of [
    undefined,
    null,
    [],
    ['a', '1'],
    { a: ['1', '2'] },
    new Map([['a', '1']]),
    'a: 1',
    7,
    { a: undefined },
    ['odd'],
  ])
    await attempt('headers', async () => {
      const { statusCode, headers: got, body } = await client.request({ path: '/ok', method: 'GET', headers })
      await body.dump()
      return [statusCode, got['x-got']]
    })
  for (const bad of [
    undefined,
    null,
    {},
    { path: 'x' },
    { path: '/', method: 'A B' },
    { path: '/ok', method: 'GET', body: 7 },
  ])
    await attempt('bad', async () => (await client.request(bad)).statusCode)
  await attempt('bad handler', () => client.dispatch(options, null))
  await client.close()
  await attempt('closed', () => client.request(options))
  const composed = new undici.Agent().compose((dispatch) => (sent, next) => {
    order.push(Object.keys(sent).join())
    return dispatch({ ...sent, path: '/gone' }, next)
  })
  await attempt('composed', async () => {
    const { statusCode, body } = await undici.request(`${base}/ok`, { dispatcher: composed })
    return [statusCode, await body.text(), order.at(-1)]
  })
  await composed.close()
  const mock = new undici.MockAgent()
  mock.disableNetConnect()
  mock.get('http://shop').intercept({ path: '/', method: 'GET' }).reply(200, 'mocked')
  await attempt('mock', async () => (await undici.request('http://shop/', { dispatcher: mock })).body.text())
  await attempt(
    'mock, nothing',
    async () => (await undici.request('http://shop/none', { dispatcher: mock })).statusCode,
  )
  await mock.close()
  await attempt('stream', () =>
    undici
      .stream(`${base}/ok`, { method: 'POST', body: 'streamed', opaque: order }, ({ opaque }) => {
        say('opaque', opaque === order)
        return new (require('node:stream').PassThrough)().resume()
      })
      .then(({ trailers }) => trailers),
  )
}
