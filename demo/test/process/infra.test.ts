import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Kafka, logLevel } from 'kafkajs'
import { createTransport } from 'nodemailer'
import { Client } from 'pg'
import { startKafka } from '../../src/infra/kafka.ts'
import { startPostgres } from '../../src/infra/postgres.ts'
import { startSmtp } from '../../src/infra/smtp.ts'
import { until } from '../../src/until.ts'

jest.setTimeout(60_000)

test('Kafka: topics are made, and records sent one by one come in batches, in order', async () => {
  const broker = await startKafka()
  try {
    const kafka = new Kafka({ clientId: 'test', brokers: broker.brokers, logLevel: logLevel.NOTHING })
    const [admin, producer] = [kafka.admin(), kafka.producer()]
    const consumer = kafka.consumer({ groupId: 'test' })
    await Promise.all([admin.connect(), producer.connect(), consumer.connect()])
    const assigned = [{ partition: 0, replicas: [1] }]
    expect(
      await admin.createTopics({ topics: [{ topic: 'a', replicaAssignment: assigned }, { topic: 'b' }] }),
    ).toBe(true)
    expect((await admin.listTopics()).sort()).toEqual(['a', 'b'])

    for (let number = 0; number < 20; number++) {
      await producer.send({
        topic: 'a',
        messages: [{ partition: 0, value: String(number), headers: { h: 'x' } }],
      })
    }
    const values: string[] = []
    const sizes: number[] = []
    await consumer.subscribe({ topic: 'a', fromBeginning: true })
    await consumer.run({
      eachBatch: async ({ batch }) => {
        sizes.push(batch.messages.length)
        values.push(...batch.messages.map(({ value }) => String(value)))
      },
    })
    await until(
      () => `${values.length} of 20`,
      () => values.length >= 20 || undefined,
      20_000,
    )
    expect(values).toEqual(Array.from({ length: 20 }, (_, number) => String(number)))
    expect(sizes).toEqual([20])

    // A waiting fetch sees a new record soon, though the consumer allows 5 s.
    const start = performance.now()
    await producer.send({ topic: 'a', messages: [{ partition: 0, value: 'late' }] })
    await until(
      () => 'late',
      () => values.includes('late') || undefined,
      10_000,
    )
    expect(performance.now() - start).toBeLessThan(3000)
    await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()])
  } finally {
    await broker.stop()
  }
})

test('PostgreSQL: answers, and is gone after stop', async () => {
  const postgres = await startPostgres()
  const client = new Client(postgres.url)
  client.on('error', () => {})
  await client.connect()
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await postgres.stop()
  await expect(new Client(postgres.url).connect()).rejects.toThrow(/ECONNREFUSED/)
  await client.end().catch(() => {})
})

test('PostgreSQL: is gone when its starter was killed', async () => {
  const starter = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/postgres-starter.ts')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [url] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string]
  starter.kill('SIGKILL')
  const refused = async (): Promise<true | undefined> => {
    const client = new Client(url)
    client.on('error', () => {})
    const answer = await client.connect().then(
      () => 'connected',
      (error: NodeJS.ErrnoException) => error.code,
    )
    await client.end().catch(() => {})
    return answer === 'ECONNREFUSED' || undefined
  }
  expect(await until(() => 'it still answers', refused, 15_000)).toBe(true)
})

test('SMTP: keeps what it gets', async () => {
  const smtp = await startSmtp()
  const transport = createTransport(smtp.url)
  await transport.sendMail({
    from: 'a@example.com',
    to: ['b@example.com', 'c@example.com'],
    subject: 'Hello',
    text: 'Grüße = ' + 'x'.repeat(100),
  })
  await transport.sendMail({
    from: 'a@example.com',
    to: 'b@example.com',
    subject: 'Again',
    text: 'one\n\ntwo',
  })
  expect(smtp.received()).toMatchObject([
    {
      from: 'a@example.com',
      to: ['b@example.com', 'c@example.com'],
      subject: 'Hello',
      text: 'Grüße = ' + 'x'.repeat(100),
    },
    { subject: 'Again', text: 'one\n\ntwo' },
  ])
  transport.close()
  await smtp.stop()
})
