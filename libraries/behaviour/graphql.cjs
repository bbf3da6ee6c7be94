const { attempt, calls, say, shape } = require('./transcript.cjs')

exports.run = async ({ graphql }) => {
  for (const name of [
    'graphql',
    'graphqlSync',
    'execute',
    'executeSync',
    'parse',
    'validate',
    'subscribe',
    'GraphQLSchema',
  ])
    say(`shape of ${name}`, shape(graphql[name]))
  const thrown = Object.freeze(new Error('mine'))
  const seen = {}
  const schema = graphql.buildSchema(
    'type Item { id: ID, name: String } type Query { item(id: ID): Item, items: [Item], bad: String, sync: String, nothing: String! } type Subscription { ticks: Int }',
  )
  const { fields } = { fields: schema.getQueryType().getFields() }
  const resolve = function resolve(source, args, context, info) {
    seen.resolver = [
      source === rootValue,
      args,
      context === contextValue,
      Object.keys(info).join(),
      this === undefined,
    ]
    seen.stack = calls(new Error('here')).filter((line) => line.includes('graphql.cjs'))
    return { id: args.id, name: () => 'lazy' }
  }
  fields.item.resolve = resolve
  const rootValue = Object.freeze({
    bad: async () => {
      throw thrown
    },
    sync: () => {
      throw thrown
    },
    items: () => [{ id: 1 }, null, Promise.resolve({ id: 2 })],
  })
  const contextValue = Object.freeze({ frozen: true })
  const run = (source, more = {}) => graphql.graphql({ schema, source, rootValue, contextValue, ...more })
  const shown = ({ data, errors, ...rest }) => [
    JSON.stringify(data),
    errors?.map((error) => [
      error.constructor === graphql.GraphQLError,
      error.message,
      error.path,
      error.originalError === thrown,
      JSON.stringify(error),
    ]),
    Object.keys(rest),
  ]
  for (const source of [
    '{ item(id: 7) { id name } }',
    'query Named($id: ID) { item(id: $id) { id } }',
    '{ items { id } }',
    '{ bad sync }',
    '{ nothing }',
    '{ none }',
    '{ item(',
    '',
    'mutation { x }',
    'query A { sync } query B { bad }',
    '{ __typename }',
  ])
    await attempt(source, async () => shown(await run(source, { variableValues: Object.freeze({ id: 8 }) })))
  for (const [key, value] of Object.entries(seen)) say(key, value)
  say(
    'resolver kept',
    fields.item.resolve === resolve,
    Object.keys(fields.item).join(),
    Object.getOwnPropertySymbols(fields.item).length,
  )
  say('schema', Object.getOwnPropertySymbols(schema).length, Object.keys(schema).join())
  for (const args of [
    undefined,
    null,
    7,
    {},
    { schema },
    { schema: {}, source: '{ a }' },
    { schema, source: 7 },
    { schema, source: null },
  ])
    await attempt('graphql', async () => shown(await graphql.graphql(args)))
  await attempt('no arguments', () => graphql.graphql())
  await attempt('positional', async () => shown(await graphql.graphql(schema, '{ __typename }')))
  const document = graphql.parse('{ item(id: 1) { id } }')
  Object.freeze(document)
  for (const args of [
    undefined,
    null,
    {},
    { schema },
    { document },
    { schema, document: {} },
    { schema, document, operationName: 'none' },
    Object.freeze({ schema, document, rootValue, contextValue }),
    { schema, document, contextValue: null },
    { schema, document, contextValue: 7 },
  ])
    await attempt('execute', async () => shown(await graphql.execute(args)))
  const sync = graphql.executeSync({ schema, document, rootValue, contextValue })
  say('sync', shown(sync), sync instanceof Promise)
  await attempt('executeSync of a promise', () =>
    shown(graphql.executeSync({ schema, document: graphql.parse('{ bad }'), rootValue })),
  )
  const result = graphql.execute({ schema, document, rootValue, contextValue })
  say('not a promise', result instanceof Promise, shown(await result))
  for (const source of [undefined, null, 7, '', '{', '{ a }', new graphql.Source('{ b }', 'file')])
    await attempt('parse', () => graphql.parse(source).kind)
  for (const args of [
    [],
    [schema],
    [schema, null],
    [null, document],
    [schema, document, []],
    [schema, graphql.parse('{ none }')],
  ])
    await attempt('validate', () => graphql.validate(...args).map(({ message }) => message))
  schema.getSubscriptionType().getFields().ticks.subscribe = async function* () {
    yield { ticks: 1 }
    yield { ticks: 2 }
  }
  await attempt('subscribe', async () => {
    const ticks = []
    for await (const { data } of await graphql.subscribe({
      schema,
      document: graphql.parse('subscription { ticks }'),
    }))
      ticks.push(data.ticks)
    return ticks
  })
  await attempt('custom', async () =>
    shown(
      await run('{ item(id: 1) { id } }', {
        fieldResolver: (source, args, context, info) => info.fieldName,
        typeResolver: () => 'Item',
      }),
    ),
  )
}
