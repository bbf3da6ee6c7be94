const grpc = require('@grpc/grpc-js')
const method = require('../grpc-method.cjs')
const { step } = require('./steps.cjs')

const service = {
  find: method('Find'),
  missing: method('Missing'),
  broken: method('Broken'),
  never: method('Never'),
  add: method('Add', true, false),
  list: method('List', false, true),
  listBroken: method('ListBroken', false, true),
  chat: method('Chat', true, true),
}
const implementation = {
  find: (call, done) => done(null, call.request),
  missing: (call, done) => done({ code: grpc.status.NOT_FOUND, details: 'no such item' }),
  broken: (call, done) => done(new Error('out of stock')),
  never: () => {},
  add: (call, done) => call.on('data', () => {}).on('end', () => done(null, Buffer.from('sum'))),
  list: (call) => {
    call.write(Buffer.from('1'))
    call.write(Buffer.from('2'))
    call.end()
  },
  listBroken: (call) => {
    call.write(Buffer.from('1'))
    call.emit('error', { code: grpc.status.UNAVAILABLE, details: 'out of stock' })
  },
  chat: (call) => call.on('data', (data) => call.write(data)).on('end', () => call.end()),
}

async function main() {
  const server = new grpc.Server()
  server.addService(service, implementation)
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  const Client = grpc.makeGenericClientConstructor(service, 'Items')
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
  const unary =
    (name, ...more) =>
    () =>
      new Promise((resolve, reject) =>
        client[name](Buffer.from('o-1'), ...more, (error, answer) =>
          error ? reject(error) : resolve(answer),
        ),
      )
  await step('unary', unary('find'))
  const metadata = new grpc.Metadata()
  metadata.set('x-tenant', 'shop')
  await step('metadata', unary('find', metadata))
  await step('not found', unary('missing'))
  await step('broken', unary('broken'))
  await step('deadline', unary('never', { deadline: Date.now() + 200 }))
  await step(
    'cancelled',
    () =>
      new Promise((resolve) => {
        const call = client.never(Buffer.from('o-1'), resolve)
        setTimeout(() => call.cancel(), 50)
      }),
  )
  await step(
    'client stream',
    () =>
      new Promise((resolve, reject) => {
        const call = client.add((error, sum) => (error ? reject(error) : resolve(sum)))
        call.write(Buffer.from('1'))
        call.end()
      }),
  )
  const ended = (call) =>
    new Promise((resolve) =>
      call
        .on('data', () => {})
        .on('error', () => {})
        .on('status', resolve),
    )
  await step('server stream', () => ended(client.list(Buffer.from('o-1'))))
  await step('server stream, broken', () => ended(client.listBroken(Buffer.from('o-1'))))
  await step('both', () => {
    const call = client.chat()
    call.write(Buffer.from('hello'))
    call.end()
    return ended(call)
  })
  client.close()
  const refused = new Client('127.0.0.1:1', grpc.credentials.createInsecure())
  await step('refused', () => new Promise((resolve) => refused.find(Buffer.from('o-1'), resolve)))
  refused.close()
  // Calls that were cancelled are still with the handler that never answers.
  server.forceShutdown()
}

void main()
