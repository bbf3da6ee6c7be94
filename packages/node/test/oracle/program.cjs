// What every case runs, under upstream's NodeSDK and under Waybill: spans, metrics and log records of every shape,
// and context in and out. Returns what can be seen of it in the process itself.
const { createHash } = require('node:crypto')

const LONG = 'long '.repeat(60)
const FORMATS = {
  traceparent: {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'vendor=1,other=2',
  },
  unsampled: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' },
  broken: { traceparent: '00-00000000000000000000000000000000-b7ad6b7169203331-01' },
  baggage: { baggage: 'user=ann,tier=gold%20plus;until=2030' },
  b3: { b3: '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90' },
  b3multi: {
    'x-b3-traceid': '80f198ee56343ba864fe8b2a57d3eff7',
    'x-b3-spanid': 'e457b5a2e4d86bd1',
    'x-b3-sampled': '1',
  },
  jaeger: { 'uber-trace-id': '80f198ee56343ba864fe8b2a57d3eff7:e457b5a2e4d86bd1:0:1' },
}

/** @param api `@opentelemetry/api` @param scrape the port to fetch metrics from */
module.exports = async function program(api, scrape) {
  const dirs = []
  console.dir = (object) => void (isOwn(object) && dirs.push(kindOf(object)))
  const seen = { context: contextIsKept(api), in: extracted(api), out: injected(api), dirs }
  spans(api)
  measurements(api)
  records(api)
  if (scrape) seen.scraped = await fetched(scrape)
  return seen
}

/** Each side has metrics of its own about itself. */
function isOwn(object) {
  return !/^(?:otel|waybill|nodejs|v8js|process)\./.test(object?.descriptor?.name ?? '')
}

function kindOf(object) {
  if (object?.dataPoints) return `metric ${object.descriptor.name}`
  if (object?.traceId && object.kind !== undefined) return `span ${object.name}`
  return `log ${JSON.stringify(object?.body)}`
}

function contextIsKept({ context: active, createContextKey, ROOT_CONTEXT }) {
  const key = createContextKey('oracle')
  return active.with(ROOT_CONTEXT.setValue(key, 1), () => active.active().getValue(key)) === 1
}

function extracted({ propagation, ROOT_CONTEXT, trace }) {
  return Object.fromEntries(
    Object.entries(FORMATS).map(([name, carrier]) => {
      const ctx = propagation.extract(ROOT_CONTEXT, carrier)
      const span = trace.getSpanContext(ctx)
      const entries = propagation.getBaggage(ctx)?.getAllEntries() ?? []
      return [
        name,
        {
          span: span && { ...span, traceState: span.traceState?.serialize() },
          baggage: Object.fromEntries(
            entries.map(([key, { value, metadata }]) => [key, `${value} ${metadata ?? ''}`]),
          ),
        },
      ]
    }),
  )
}

function injected({ createTraceState, propagation, ROOT_CONTEXT, trace, TraceFlags }) {
  const carriers = {}
  for (const sampled of [true, false]) {
    const span = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      traceState: createTraceState('vendor=1'),
    })
    const baggage = propagation.createBaggage({ user: { value: 'ann b' }, tier: { value: 'gold' } })
    const carrier = {}
    propagation.inject(propagation.setBaggage(span, baggage), carrier)
    carriers[sampled ? 'sampled' : 'unsampled'] = carrier
  }
  const nothing = {}
  propagation.inject(ROOT_CONTEXT, nothing)
  return { ...carriers, nothing }
}

function spans({ ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags }) {
  const tracer = trace.getTracer('oracle', '1.0', { schemaUrl: 'https://example.com/schema/1.0' })
  const attributes = {
    text: 'a',
    long: LONG,
    number: 1,
    fraction: 1.5,
    negative: -7,
    large: 2 ** 40,
    yes: true,
    texts: ['a', LONG],
    numbers: [1, 2.5],
    empty: '',
    none: [],
    missing: undefined,
  }
  const remote = (traceId, traceFlags) =>
    trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: 'b7ad6b7169203331', traceFlags, isRemote: true })
  const link = (i) => ({
    context: { traceId: hash(i), spanId: 'b7ad6b7169203331', traceFlags: TraceFlags.SAMPLED },
    attributes: { i },
  })
  tracer.startActiveSpan('server', { kind: SpanKind.SERVER, attributes }, (server) => {
    server.setAttribute('text', 'b')
    const client = tracer.startSpan('client', { kind: SpanKind.CLIENT, links: [link(1)] })
    client.addEvent('sent', { bytes: 12, long: LONG })
    client.recordException(new TypeError('not good'))
    client.setStatus({ code: SpanStatusCode.ERROR, message: 'failed' })
    client.addLink(link(2))
    client.updateName('client renamed')
    client.end()
    for (const kind of [SpanKind.PRODUCER, SpanKind.CONSUMER, SpanKind.INTERNAL]) {
      tracer.startSpan(SpanKind[kind], { kind }).setStatus({ code: SpanStatusCode.OK }).end()
    }
    tracer.startSpan('another root', { root: true }).end()
    server.end()
    server.setAttribute('too late', true)
  })
  const many = tracer.startSpan('many', { attributes: wide(130) })
  for (let i = 0; i < 130; i++) many.addEvent(`event ${i}`, i === 129 ? wide(130) : { i })
  for (let i = 0; i < 130; i++) many.addLink(i === 129 ? { ...link(i), attributes: wide(130) } : link(i))
  many.end()
  // Samplers that decide by the trace's id decide the same for these, whoever runs them.
  for (let i = 0; i < 30; i++) {
    const flags = i % 3 === 0 ? TraceFlags.NONE : TraceFlags.SAMPLED
    tracer.startSpan(`of ${i}`, {}, remote(hash(i), flags)).end()
  }
}

function measurements({ metrics, ValueType }) {
  const meter = metrics.getMeter('oracle', '1.0')
  const shop = { shop: 'x', 'shop.long': LONG }
  meter.createCounter('counter', { description: 'Counts', unit: '{thing}' }).add(2, shop)
  const counter = meter.createCounter('counter.int', { valueType: ValueType.INT })
  counter.add(3.7)
  counter.add(4)
  counter.add(-1)
  const upDown = meter.createUpDownCounter('up.down')
  upDown.add(5, { a: 1 })
  upDown.add(-7, { a: 1 })
  upDown.add(1, { a: 2 })
  const histogram = meter.createHistogram('histogram', { unit: 'ms' })
  for (const value of [0, 1, 5, 7.5, 80, 99, 700, 20_000]) histogram.record(value, { b: true })
  const advised = meter.createHistogram('histogram.advised', {
    advice: { explicitBucketBoundaries: [1, 10, 100] },
  })
  for (const value of [0.5, 5, 50, 500]) advised.record(value)
  const gauge = meter.createGauge('gauge')
  gauge.record(1)
  gauge.record(-12.5)
  meter.createObservableCounter('observed.counter').addCallback((result) => result.observe(11, { c: 1 }))
  meter.createObservableUpDownCounter('observed.up.down').addCallback((result) => {
    result.observe(-3)
    result.observe(4, { c: 2 })
  })
  meter
    .createObservableGauge('observed.gauge', { valueType: ValueType.INT })
    .addCallback((result) => result.observe(36.6))
  const one = meter.createObservableGauge('batch.one')
  const two = meter.createObservableGauge('batch.two')
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(one, 1)
      result.observe(two, 2, { d: 1 })
    },
    [one, two],
  )
  meter.createCounter('never used')
}

function records({ context: active, logs, ROOT_CONTEXT, trace, TraceFlags }) {
  const logger = logs.getLogger('oracle', '1.0')
  const span = { traceId: hash(1), spanId: 'b7ad6b7169203331', traceFlags: TraceFlags.SAMPLED }
  logger.emit({ severityNumber: 9, severityText: 'INFO', body: 'text', attributes: { a: 1, long: LONG } })
  active.with(trace.setSpanContext(ROOT_CONTEXT, span), () => logger.emit({ body: 'in a span' }))
  logger.emit({ body: { nested: { list: [1, 'two', null, 3.5] }, yes: true } })
  logger.emit({ body: 7, eventName: 'an.event', timestamp: 1_700_000_000_000 })
  logger.emit({ body: 'wide', attributes: { ...wide(130), nested: { long: LONG }, texts: [LONG] } })
  logger.emit({ body: undefined, severityNumber: 17 })
}

async function fetched(port) {
  for (let i = 0; ; i++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`)
      const lines = (await response.text()).split('\n')
      const own = lines.filter((line) => line.includes('otel_scope_name="oracle"'))
      return { status: response.status, type: response.headers.get('content-type'), lines: own.sort() }
    } catch (error) {
      if (i === 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function wide(count) {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${String(i).padStart(3, '0')}`, i]))
}

function hash(i) {
  return createHash('sha256').update(String(i)).digest('hex').slice(0, 32)
}
