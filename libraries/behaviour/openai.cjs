const { createServer } = require('node:http')
const { attempt, close, listen, say, shape, tick } = require('./transcript.cjs')

exports.run = async ({ openai }) => {
  const { OpenAI } = openai
  const seen = []
  const server = createServer((request, response) => {
    let body = ''
    request
      .on('data', (chunk) => (body += chunk))
      .on('end', () => {
        const asked = JSON.parse(body)
        seen.push([request.url, Object.keys(asked).join()])
        if (asked.model === 'none')
          return response
            .writeHead(404, { 'content-type': 'application/json' })
            .end('{"error":{"message":"no model","code":"none"}}')
        if (asked.stream) {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          for (const content of ['a', 'b'])
            response.write(
              `data: ${JSON.stringify({ id: 'c', model: 'small', choices: [{ index: 0, delta: { content } }] })}\n\n`,
            )
          return response.end('data: [DONE]\n\n')
        }
        return response.writeHead(200, { 'content-type': 'application/json' }).end(
          JSON.stringify({
            id: 'c',
            model: 'small',
            object: 'list',
            data: [{ embedding: [1], index: 0, object: 'embedding' }],
            choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hi' } }],
            usage: { prompt_tokens: 1, completion_tokens: 1 },
          }),
        )
      })
  })
  const port = await listen(server)
  const client = new OpenAI({ apiKey: 'none', baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 })
  say('shapes', shape(client.chat.completions.create), shape(client.embeddings.create))
  const messages = Object.freeze([Object.freeze({ role: 'user', content: 'hello' })])
  const ask = Object.freeze({ model: 'small', messages })
  const promise = client.chat.completions.create(ask)
  say(
    'promise',
    promise.constructor.name,
    typeof promise.withResponse,
    typeof promise.asResponse,
    typeof promise._thenUnwrap,
  )
  await attempt('answer', async () => (await promise).choices[0].message)
  await attempt('withResponse', async () => {
    const { data, response } = await client.chat.completions.create(ask).withResponse()
    return [data.id, response.status]
  })
  await attempt('asResponse', async () => (await client.chat.completions.create(ask).asResponse()).status)
  await attempt('stream', async () => {
    const got = []
    const stream = await client.chat.completions.create({ ...ask, stream: true })
    for await (const part of stream) got.push(part.choices[0].delta.content)
    return [got, stream.constructor.name, typeof stream.tee, typeof stream.controller]
  })
  await attempt('left early', async () => {
    for await (const part of await client.chat.completions.create({ ...ask, stream: true }))
      return part.choices[0].delta.content
  })
  await attempt(
    'embeddings',
    async () =>
      (await client.embeddings.create({ model: 'small', input: 'x', encoding_format: 'float' })).data[0]
        .embedding,
  )
  await attempt('error', () =>
    client.chat.completions
      .create({ model: 'none', messages })
      .catch((error) => [error.constructor.name, error.status, error.code, error.message]),
  )
  for (const bad of [
    undefined,
    null,
    {},
    { model: 'small' },
    { model: 'small', messages: null },
    { model: 'small', messages: [null] },
    { model: 'small', messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] },
  ])
    await attempt('bad', async () => Object.keys(await client.chat.completions.create(bad)).join())
  await attempt('aborted', () =>
    client.chat.completions.create(ask, { signal: AbortSignal.abort() }).catch(({ message }) => message),
  )
  say('seen', seen, ask)
  server.closeAllConnections()
  await close(server)
  await tick()
}
