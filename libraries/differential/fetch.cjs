const http = require('node:http')
const undici = require('undici')
const { serve } = require('./server.cjs')
const { close, listen, REFUSED, step } = require('./steps.cjs')

async function main() {
  const server = http.createServer(serve)
  const base = `http://127.0.0.1:${await listen(server)}`
  const fetches = { global: globalThis.fetch, undici: undici.fetch }
  for (const [who, fetch] of Object.entries(fetches)) {
    const ask = async (path, init) => (await fetch(`${base}${path}`, init)).text()
    const named = (name, work) => step(`${who} fetch: ${name}`, work)
    await named('get', () => ask('/ok'))
    await named('query', () => ask('/ok?a=1&token=secret'))
    await named('not found', () => ask('/nothing'))
    await named('broken', () => ask('/broken'))
    await named('moved', () => ask('/moved'))
    await named('moved, not followed', () => ask('/moved', { redirect: 'manual' }))
    await named('moved, an error', () => ask('/moved', { redirect: 'error' }))
    await named('empty', () => ask('/empty', { method: 'DELETE' }))
    await named('chunks', () => ask('/chunks'))
    await named('post', () => ask('/echo', { method: 'POST', body: 'body' }))
    await named('lower case method', () => ask('/ok', { method: 'put' }))
    await named('headers', () => ask('/ok', { headers: { 'User-Agent': 'shop/1' } }))
    await named('hang up', () => ask('/hang-up'))
    await named('half', () => ask('/half'))
    await named('aborted', () => ask('/never', { signal: AbortSignal.timeout(50) }))
    await named('aborted before', () => ask('/never', { signal: AbortSignal.abort() }))
    await named('body not read', async () => (await fetch(`${base}/chunks`)).body.cancel())
    await named('refused', () => fetch(REFUSED))
    await named('in parallel', () => Promise.all([ask('/ok?n=1'), ask('/ok?n=2')]))
  }
  await step('fetch of a Request', async () =>
    (await fetch(new Request(`${base}/ok`, { method: 'POST' }))).text(),
  )
  await undiciSteps(base)
  await close(server)
}

async function undiciSteps(base) {
  const text = async ({ body }) => body.text()
  await step('request', async () => text(await undici.request(`${base}/ok`)))
  await step('request: post', async () =>
    text(await undici.request(`${base}/echo`, { method: 'POST', body: 'body' })),
  )
  await step('request: query', async () => text(await undici.request(`${base}/ok`, { query: { a: 1 } })))
  await step('request: broken', async () => text(await undici.request(`${base}/broken`)))
  await step('request: refused', () => undici.request(REFUSED))
  await step('request: aborted', () => undici.request(`${base}/never`, { signal: AbortSignal.timeout(50) }))
  await step('request: header list', async () =>
    text(await undici.request(`${base}/ok`, { headers: ['user-agent', 'list/1', 'x-a', 'b'] })),
  )
  const client = new undici.Client(base)
  await step('client', async () => text(await client.request({ path: '/ok', method: 'GET' })))
  await client.close()
  const pool = new undici.Pool(base)
  await step('pool', async () => text(await pool.request({ path: '/chunks', method: 'GET' })))
  await step('pool: hang up', async () => text(await pool.request({ path: '/hang-up', method: 'GET' })))
  await pool.close()
}

void main()
