import type { Difference } from './types.ts'

const ZIPKIN = ['zipkin', 'otlp and zipkin']
const EXPONENTIAL = [
  'histograms exponential',
  'histograms exponential, delta',
  'histograms exponential over http/json',
]

/** Whatever Waybill and upstream do differently for the same environment. One that is no more fails the test. */
export const DIFFERENCES: readonly Difference[] = [
  // Of all cases.
  { path: /\.headers\.user-agent$/, reason: 'Waybill names itself as who sends.' },
  {
    path: /^(?:traces|metrics|logs)\.resource\.telemetry\.distro\.(?:name|version)\b/,
    reason: 'A distribution says that it is one (semantic conventions, telemetry.distro.*).',
  },
  {
    path: /^traces\.records\.[^.]+\.attributes\.operation_id$/,
    reason: 'Every span has its operation.',
  },
  {
    path: /^traces\.records\.[^.]+\.random$/,
    reason: 'Trace ids are random, and W3C Trace Context level 2 has a flag for it.',
  },
  {
    path: /^traces\.records\.many\.droppedAttributes$/,
    reason: 'The operation’s attribute counts among those of the span, and comes after those of its start.',
  },
  {
    path: /^traces\.records\.[^.]+\.droppedAttributes$/,
    cases: [
      'span attributes 5',
      'span attributes 0',
      'attributes 6 for all',
      'attributes 6 for all, of spans 9',
    ],
    reason: 'The same, with a lower limit.',
  },
  {
    path: /^traces\.records\.[^.]+\.traceState$/,
    cases: [
      'sampler traceidratio 1',
      'sampler traceidratio without ratio',
      'sampler parentbased_traceidratio 1',
      'sampler parentbased_traceidratio without ratio',
      'ratio that is no number',
      'ratio above 1',
      'ratio below 0',
    ],
    reason: 'The probability of a ratio is in tracestate (ot=th), so that backends can count.',
  },

  // What the specification asks for, and upstream does not do.
  {
    path: /^sent\.\w+\.0\.path$/,
    cases: ['an endpoint with a query'],
    reason: 'Upstream appends the signal’s path to the query.',
  },
  {
    path: /./,
    cases: ['spaces around an endpoint'],
    reason: 'Upstream takes the spaces for a part of the URL, sends to localhost:4318, and shutdown rejects.',
  },
  {
    path: /^seen\./,
    cases: ['propagators in capitals'],
    reason: 'Names of choices are read in either case; upstream propagates nothing at all.',
  },
  {
    path: /^(?:traces|sent\.traces|batches)\./,
    cases: ['sampler with spaces'],
    reason: 'Upstream takes the spaces for a part of the name, and samples everything.',
  },
  {
    path: /^sent\.traces\.0\.headers\.content-type$/,
    cases: ['protocol with spaces'],
    reason: 'The same with the protocol, of traces alone.',
  },
  {
    path: /^metrics\.records\.histogram/,
    cases: EXPONENTIAL,
    reason: 'Upstream’s exporters do not read OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION.',
  },
  {
    path: /^logs\.records\./,
    cases: ['log attributes 0'],
    reason: 'A limit of 0 is none; upstream uses its default for log records, and none for spans.',
  },
  {
    path: /^traces\.resource\.host\.name\./,
    cases: ['attributes over what is detected'],
    reason: 'What a person wrote in OTEL_RESOURCE_ATTRIBUTES beats what was detected.',
  },
  {
    path: /^traces\.records\.(?:server|many)\./,
    cases: ['span attributes -3'],
    reason:
      'Upstream drops all attributes for a negative limit (facts.md); Waybill says it and uses the default.',
  },
  { path: /^sent\.zipkin\.0\.headers\.user-agent$/, cases: ZIPKIN, reason: 'Waybill names itself.' },
  {
    path: /^zipkin\..*\.tags\.(?:telemetry\.distro\.(?:name|version)|operation_id)$/,
    cases: ZIPKIN,
    reason: 'As for OTLP: the distribution, and the operation.',
  },
  {
    path: /^zipkin\.many\.tags\.otel\.dropped_attributes_count$/,
    cases: ZIPKIN,
    reason: 'As for OTLP: the operation’s attribute.',
  },
  {
    path: /^zipkin\..*\.tags\.otel\.scope\.(?:name|version)$/,
    cases: ZIPKIN,
    reason: 'The specification of the Zipkin exporter has the scope as tags.',
  },
  {
    path: /^zipkin\..*\.tags\.service\.name$/,
    cases: ZIPKIN,
    reason: 'The service is the local endpoint, not a tag as well.',
  },
  {
    path: /^zipkin\..*\.annotations\./,
    cases: ZIPKIN,
    reason: 'The specification has an event’s attributes in its annotation; upstream leaves them out.',
  },
  {
    path: /^zipkin\.server\.tags\.(?:texts|numbers|none)$/,
    cases: ZIPKIN,
    reason: 'The specification has arrays as JSON; upstream joins them by commas.',
  },

  // Decisions of Waybill’s.
  {
    path: /^(?:logs|sent\.logs)\./,
    cases: ['logs exporter unset'],
    reason: 'Log lines stay where they are unless OTEL_LOGS_EXPORTER says otherwise.',
  },
  {
    path: /^seen\./,
    cases: ['propagator unknown'],
    reason:
      'Where no propagator is known Waybill says it and uses the default; upstream propagates nothing (facts.md).',
  },
  {
    path: /^seen\.(?:in\.jaeger|out\.\w+\.uber)/,
    cases: ['propagator jaeger'],
    reason: 'The specification’s jaeger; upstream’s NodeSDK has none, and propagates nothing.',
  },
  {
    path: /^(?:traces|sent\.traces|batches)\./,
    cases: ['traces exporter unknown'],
    reason: 'Waybill says it and uses the default; upstream starts without traces (facts.md).',
  },
  {
    path: /^(?:metrics|sent\.metrics)\./,
    cases: ['metrics exporter unknown'],
    reason: 'The same for metrics.',
  },
  {
    path: /^(?:traces|metrics|logs|sent|batches)\./,
    cases: ['protocol unknown'],
    reason: 'The default, which is said, is gRPC; upstream’s is http/protobuf, which is what listens here.',
  },
  {
    path: /./,
    cases: ['http endpoint without a scheme', 'grpc endpoint without a scheme, nothing said of TLS'],
    reason:
      'Plaintext on loopback, which is said; upstream delivers nothing, and shutdown rejects (facts.md).',
  },
]
