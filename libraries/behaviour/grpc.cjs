const method = require('../grpc-method.cjs')
const { attempt, calls, listeners, plain, say, shape } = require('./transcript.cjs')

exports.run = async ({ grpc }) => {
  for (const name of [
    'makeClientConstructor',
    'makeGenericClientConstructor',
    'loadPackageDefinition',
    'Server',
    'Client',
  ])
    say(`shape of ${name}`, shape(grpc[name]))
  say(
    'shapes',
    ['register', 'addService', 'bindAsync'].map((name) => shape(grpc.Server.prototype[name])),
    ['makeUnaryRequest', 'makeClientStreamRequest'].map((name) => shape(grpc.Client.prototype[name])),
  )
  const service = {
    find: method('Find'),
    list: method('List', false, true),
    chat: method('Chat', true, true),
  }
  const seen = {}
  const thrown = new Error('mine')
  function find(call, done) {
    seen.this = this === undefined || this === implementation || typeof this
    seen.call = [call.constructor.name, listeners(call), plain(call.metadata.getMap())['x-tenant']]
    seen.done = shape(done)
    const text = String(call.request)
    if (text === 'throw') throw thrown
    if (text === 'code') return done({ code: 5, details: 'none', metadata: call.metadata.clone() })
    if (text === 'error') return done(thrown)
    if (text === 'null') return done(null, null)
    const trailer = new grpc.Metadata()
    trailer.set('x-end', 'yes')
    return done(null, call.request, trailer)
  }
  const implementation = {
    find,
    list: (call) => {
      call.write(call.request)
      call.end()
    },
    chat: (call) => call.on('data', (data) => call.write(data)).on('end', () => call.end()),
  }
  const server = new grpc.Server()
  for (const bad of [undefined, null, {}, 7])
    await attempt('addService', () => server.addService(bad, implementation))
  server.addService(service, implementation)
  await attempt('twice', () => server.addService(service, implementation))
  const port = await new Promise((resolve) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      resolve(bound),
    ),
  )
  const Client = grpc.makeGenericClientConstructor(service, 'Items')
  say('Client', Object.keys(Client.prototype).join(), Object.keys(Client.prototype.find).join())
  say('shape of find', shape(Client.prototype.find))
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
  const ask = (text, ...more) =>
    new Promise((resolve) => {
      const call = client.find(Buffer.from(text), ...more, (error, answer) =>
        resolve([
          error && [
            error.constructor.name,
            error.message,
            error.code,
            error.details,
            plain(error.metadata?.getMap() ?? {}),
            calls(error).filter((line) => line.includes('remote.cjs')),
          ],
          answer && String(answer),
          trailers,
          seen.call,
        ]),
      )
      let trailers
      call.on('status', (status) => (trailers = [status.code, status.metadata.get('x-end')]))
      seen.client = [call.constructor.name, typeof call.cancel, typeof call.getPeer]
      seen.listeners = listeners(call)
    })
  const metadata = new grpc.Metadata()
  metadata.set('x-tenant', 'shop')
  for (const text of ['plain', 'code', 'error', 'null']) await attempt(text, () => ask(text))
  await attempt('metadata', () => ask('plain', metadata))
  say('metadata kept', metadata.getMap())
  await attempt('options', () => ask('plain', metadata, Object.freeze({ deadline: Date.now() + 5000 })))
  for (const bad of [
    [],
    [undefined],
    [Buffer.from('x')],
    [Buffer.from('x'), null],
    [Buffer.from('x'), 7, () => {}],
    [{}, () => {}],
  ])
    await attempt('bad', () => {
      const call = client.find(...bad)
      call?.on?.('error', () => {})
      return typeof call
    })
  await attempt(
    'list',
    () =>
      new Promise((resolve) => {
        const call = client.list(Buffer.from('l'))
        const got = []
        call
          .on('data', (data) => got.push(String(data)))
          .on('status', ({ code }) => resolve([got, code, call.constructor.name]))
      }),
  )
  await attempt(
    'chat',
    () =>
      new Promise((resolve) => {
        const call = client.chat()
        call
          .on('data', (data) => (call.end(), say('data', String(data))))
          .on('status', ({ code }) => resolve(code))
        call.write(Buffer.from('c'))
      }),
  )
  for (const [key, value] of Object.entries(seen)) say(key, value)
  client.close()
  await attempt('closed', () => ask('plain'))
  await new Promise((resolve) => server.tryShutdown(resolve))
}
