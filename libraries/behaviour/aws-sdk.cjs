const { createServer } = require('node:http')
const { attempt, close, listen, plain, say, shape } = require('./transcript.cjs')

exports.run = async ({ sqs }) => {
  const { SQSClient, SendMessageCommand, ReceiveMessageCommand } = sqs
  const server = createServer((request, response) => {
    let body = ''
    request
      .on('data', (chunk) => (body += chunk))
      .on('end', () => {
        const { MessageBody, QueueUrl, MessageAttributes = {} } = JSON.parse(body)
        seen.push([
          request.headers['x-amz-target'],
          MessageBody,
          Object.keys(plain(MessageAttributes)),
          Object.keys(plain(request.headers))
            .filter((name) => !/^(amz-sdk|x-amz|authorization|user-agent)/.test(name))
            .toSorted()
            .join(),
        ])
        response.setHeader('content-type', 'application/x-amz-json-1.0')
        if (!QueueUrl || QueueUrl.endsWith('none'))
          return response
            .writeHead(400)
            .end('{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}')
        return response.end(
          request.headers['x-amz-target'].endsWith('ReceiveMessage')
            ? '{"Messages":[{"MessageId":"m","Body":"b"}]}'
            : '{"MessageId":"m-1"}',
        )
      })
  })
  const seen = []
  const port = await listen(server)
  const endpoint = `http://127.0.0.1:${port}`
  const client = new SQSClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    md5: false,
    maxAttempts: 1,
  })
  say('shape of send', shape(client.send))
  say('client', Object.keys(client).join(), client.middlewareStack.identify())
  const input = Object.freeze({
    QueueUrl: `${endpoint}/0/orders`,
    MessageBody: 'o-1',
    MessageAttributes: Object.freeze({ a: Object.freeze({ DataType: 'String', StringValue: 'x' }) }),
  })
  const command = new SendMessageCommand(input)
  const told = ({ $metadata, ...rest }) => [rest, $metadata.httpStatusCode, Object.keys($metadata).join()]
  await attempt('send', async () => told(await client.send(command)))
  say('input', command.input === input, input)
  await attempt('again', async () => told(await client.send(command)))
  await attempt(
    'callback',
    () =>
      new Promise((resolve) =>
        client.send(new SendMessageCommand({ QueueUrl: input.QueueUrl, MessageBody: 'x' }), (error, data) =>
          resolve([error, told(data)]),
        ),
      ),
  )
  await attempt('receive', async () =>
    told(await client.send(new ReceiveMessageCommand({ QueueUrl: input.QueueUrl }))),
  )
  await attempt('none', () =>
    client
      .send(new SendMessageCommand({ QueueUrl: `${endpoint}/0/none`, MessageBody: 'x' }))
      .catch((error) => [error.name, error.message, error.$fault, error instanceof sqs.SQSServiceException]),
  )
  for (const bad of [undefined, null, 7, {}]) await attempt('bad', () => client.send(bad))
  await attempt('no input', () => client.send(new SendMessageCommand({})).then(told))
  await attempt('aborted', () => client.send(command, { abortSignal: AbortSignal.abort() }))
  client.middlewareStack.add((next) => async (args) => (seen.push(Object.keys(args).join()), next(args)), {
    step: 'initialize',
    name: 'own',
  })
  await attempt('own middleware', async () => told(await client.send(command)))
  say('seen', seen)
  client.destroy()
  await close(server)
}
