// One server for the scenarios of HTTP clients.
exports.serve = (request, response) => {
  const { pathname } = new URL(request.url, 'http://any')
  const answer = ANSWERS[pathname]
  if (answer) answer(request, response)
  else response.writeHead(404).end('nothing here')
}

const ANSWERS = {
  '/ok': (request, response) => response.end('ok'),
  '/echo': (request, response) => request.pipe(response),
  '/broken': (request, response) => response.writeHead(500).end('broken'),
  '/moved': (request, response) => response.writeHead(302, { location: '/ok' }).end(),
  '/empty': (request, response) => response.writeHead(204).end(),
  '/chunks': (request, response) => {
    response.setHeader('content-type', 'text/plain')
    response.write('one')
    setImmediate(() => response.end('two'))
  },
  '/hang-up': (request) => request.socket.destroy(),
  '/half': (request, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('half', () => request.socket.destroy())
  },
  '/never': () => {},
}
