const { createServer } = require('node:http')
const { attempt, calls, listen, listeners, say, shape } = require('./transcript.cjs')

exports.run = async ({ Server, connect }) => {
  const http = createServer()
  const io = new Server(http)
  say(
    'shapes',
    ['on', 'emit', 'of', 'use', 'close'].map((name) => shape(io[name])),
  )
  say('io', listeners(io.of('/')), Object.keys(io).join())
  const thrown = new Error('mine')
  const seen = []
  io.use(
    (socket, next) => (seen.push(['use', shape(next)]), socket.handshake.auth.refuse ? next(thrown) : next()),
  )
  for (const bad of [undefined, null, 7]) await attempt('on', () => typeof io.on('never', bad))
  const done = new Promise((resolve) =>
    io.on('connection', (socket) => {
      function hello(...args) {
        seen.push([
          'hello',
          args.length,
          typeof args.at(-1),
          this === socket,
          calls(new Error('here')).filter((line) => line.includes('remote.cjs')),
        ])
        args.at(-1)('answer')
        socket.off('hello', hello)
        seen.push(['off', socket.listenerCount('hello')])
      }
      socket.on('hello', hello)
      seen.push(['same', socket.listeners('hello')[0] === hello, socket.listenerCount('hello')])
      socket.once('once', () => seen.push('once'))
      socket.on('disconnect', (reason) => resolve(reason))
      say('emit', socket.emit('greeting', Object.freeze({ a: 1 }), Buffer.from('b')))
      say('broadcast', socket.broadcast.emit('others', 1), io.emit('all', 1), io.to('room').emit('room'))
      for (const reserved of ['connect', 'disconnect', 'error']) {
        try {
          socket.emit(reserved)
        } catch (error) {
          say(reserved, error)
        }
      }
    }),
  )
  const port = await listen(http)
  const client = connect(`http://127.0.0.1:${port}`, { transports: ['websocket'] })
  client.onAny((...args) => seen.push(args))
  await new Promise((resolve) => client.on('all', resolve))
  say('answer', await client.timeout(1000).emitWithAck('hello', 1))
  client.emit('once').emit('once').disconnect()
  say('done', await done)
  const refused = connect(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    auth: { refuse: true },
    forceNew: true,
  })
  say(
    'refused',
    await new Promise((resolve) => refused.on('connect_error', ({ message }) => resolve(message))),
  )
  refused.disconnect()
  say('seen', seen)
  await new Promise((resolve) => io.close(resolve))
}
