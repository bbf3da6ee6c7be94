import type { Case } from './case.ts'
import { NO_REDIS } from './common.ts'

/** Databases and caches. */
export const DATABASES: readonly Case[] = [
  {
    name: 'pg',
    integration: 'pg',
    library: 'pg 8',
    imports: [['{ Client, Pool }', 'pg']],
    fixture: 'pg.cjs',
    needs: 'postgres',
    spans: `
      internal app
        client pg.query:SELECT postgres
        client pg.query:SELECT postgres
        client pg.query:SELECT postgres !`,
  },
  {
    name: 'mysql2',
    integration: 'mysql2',
    library: 'mysql2 3',
    imports: [['mysql', 'mysql2']],
    fixture: 'mysql2.cjs',
    note: 'to a port that refuses',
    spans: `
      internal app
        client SELECT !`,
  },
  {
    name: 'mysql',
    integration: 'mysql',
    library: 'mysql 2',
    imports: [['mysql', 'mysql']],
    fixture: 'mysql2.cjs',
    note: 'to a port that refuses',
    spans: `
      internal app
        client SELECT !`,
  },
  {
    name: 'mongodb',
    integration: 'mongodb',
    library: 'mongodb 7',
    imports: [['{ MongoClient, BSON }', 'mongodb']],
    fixture: 'mongodb.cjs',
    note: 'to a stand-in that answers as a server does',
    spans: `
      internal app
        client insert orders`,
  },
  {
    name: 'mongoose',
    integration: 'mongoose',
    library: 'mongoose 9',
    imports: [['mongoose', 'mongoose']],
    fixture: 'mongoose.cjs',
    note: 'to a stand-in that answers as a server does',
    spans: `
      internal app
        client save orders`,
  },
  {
    name: 'ioredis',
    integration: 'ioredis',
    library: 'ioredis 6',
    imports: [['{ Redis }', 'ioredis']],
    fixture: 'ioredis.cjs',
    needs: 'redis',
    note: NO_REDIS,
    spans: `
      internal app
        client get
        client incr !
        client set`,
  },
  {
    name: 'redis',
    integration: 'redis',
    library: 'redis 6',
    imports: [['{ createClient }', 'redis']],
    fixture: 'redis.cjs',
    needs: 'redis',
    note: NO_REDIS,
    spans: `
      internal app
        client redis-GET
        client redis-INCR !
        client redis-SET
        client redis-connect`,
  },
  {
    name: 'knex',
    integration: 'knex',
    library: 'knex 3',
    imports: [['knex', 'knex']],
    fixture: 'knex.cjs',
    needs: 'postgres',
    note: 'a span of its own only where the driver below has none',
    spans: `
      internal app
        client pg.query:SELECT postgres
        client pg.query:SELECT postgres
      internal app
        client select shop.orders`,
  },
]
