const { step } = require('./steps.cjs')

/** Requests of `node:http` and `node:https`, in every form. `options` go with each. */
exports.clientSteps = async (client, base, options) => {
  const ask = (path, more = {}, body) => exchange(client, new URL(path, base), { ...options, ...more }, body)
  const { hostname, port, protocol } = new URL(base)

  await step('get', () => ask('/ok'))
  await step('query', () => ask('/ok?a=1&token=secret'))
  await step('not found', () => ask('/nothing'))
  await step('broken', () => ask('/broken'))
  await step('moved', () => ask('/moved'))
  await step('empty', () => ask('/empty', { method: 'DELETE' }))
  await step('chunks', () => ask('/chunks'))
  await step('post', () => ask('/echo', { method: 'POST' }, 'body'))
  await step('post with length', () =>
    ask('/echo', { method: 'POST', headers: { 'content-length': 4, 'content-type': 'text/plain' } }, 'body'),
  )
  await step('head', () => ask('/ok', { method: 'HEAD' }))
  await step('lower case method', () => ask('/ok', { method: 'put' }))
  await step('headers', () => ask('/ok', { headers: { 'User-Agent': 'shop/1', Host: 'shop.example' } }))
  await step('expect', () => ask('/echo', { method: 'POST', headers: { expect: '100-continue' } }, 'body'))
  await step('user in options', () => ask('/ok', { auth: 'user:secret' }))
  await step('user in URL', () => ask(`${protocol}//user:secret@${hostname}:${port}/ok`))
  await step('options', () =>
    exchange(client, { ...options, protocol, host: hostname, port, path: '/ok?b=2', method: 'GET' }),
  )
  await step('hostname in options', () =>
    exchange(client, { ...options, hostname: 'localhost', port: Number(port), path: '/ok', family: 4 }),
  )
  await step('hang up', () => ask('/hang-up'))
  await step('half', () => ask('/half'))
  await step('timeout', () => ask('/never', { timeout: 50 }))
  await step('aborted by signal', () => ask('/never', { signal: AbortSignal.timeout(50) }))
  await step('destroyed by client', () => ask('/never', { destroyAfter: 50 }))
  await step('destroyed before sent', () => ask('/never', { destroyAfter: 0 }))
  await step('response destroyed', () => ask('/half', { destroyResponse: true }))
  const agent = new client.Agent({ keepAlive: true })
  await step('keep alive', async () => {
    await ask('/ok', { agent })
    await ask('/ok', { agent })
  })
  agent.destroy()
  await step('in parallel', () => Promise.all([ask('/ok?n=1'), ask('/ok?n=2')]))
}

function exchange(client, ...args) {
  const body = typeof args.at(-1) === 'object' ? undefined : args.pop()
  const { destroyAfter, destroyResponse } = args.at(-1) ?? {}
  return new Promise((resolve, reject) => {
    const request = client.request(...args, (response) => {
      if (destroyResponse) response.destroy()
      response.on('error', reject).on('close', resolve).resume()
    })
    request.on('error', reject).on('timeout', () => request.destroy(new Error('timed out')))
    request.end(body)
    if (destroyAfter === 0) request.destroy()
    else if (destroyAfter) setTimeout(() => request.destroy(), destroyAfter)
  })
}
