import { WRAPPED, type Page } from './page.ts'

/** Databases and queues; where there is no server, to a port that refuses. */
export const DATABASES: readonly Page[] = [
  { name: 'pg', imports: [['pg', 'pg']], file: 'pg.cjs', differs: [WRAPPED] },
  { name: 'knex', imports: [['knex', 'knex']], file: 'knex.cjs', differs: [WRAPPED] },
  {
    name: 'mysql2',
    imports: [['mysql', 'mysql2']],
    file: 'refused.cjs',
    run: 'mysql',
    differs: [
      WRAPPED,
      {
        line: /^. (bad|event): /,
        reason: 'wrong arguments: another TypeError, and thrown where the library reports it by an event',
      },
    ],
  },
  {
    name: 'mysql',
    imports: [['mysql', 'mysql']],
    file: 'refused.cjs',
    run: 'mysql',
    differs: [
      WRAPPED,
      {
        line: /^. (bad|pool): /,
        reason:
          'wrong arguments: another TypeError, or one where the library takes them; listeners on the pool',
      },
    ],
  },
  {
    name: 'mongodb',
    imports: [['* as mongodb', 'mongodb']],
    file: 'refused.cjs',
    run: 'mongodb',
    silent: true,
  },
  {
    name: 'ioredis',
    imports: [['{ Redis }', 'ioredis']],
    file: 'refused.cjs',
    run: 'ioredis',
    // Only below a span of the app's own.
    silent: true,
    differs: [WRAPPED],
  },
  {
    name: 'redis',
    imports: [['* as redis', 'redis']],
    file: 'refused.cjs',
    run: 'redis',
    differs: [WRAPPED],
  },
  {
    name: 'kafkajs',
    imports: [['{ Kafka, logLevel, Partitioners }', 'kafkajs']],
    file: 'refused.cjs',
    run: 'kafkajs',
  },
  {
    name: 'amqplib',
    imports: [
      ['* as amqp', 'amqplib'],
      ['* as callbacks', 'amqplib/callback_api'],
    ],
    file: 'refused.cjs',
    run: 'amqplib',
    silent: true,
  },
]
