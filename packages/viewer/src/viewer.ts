import { StoreIntake, type OnRequest } from './intake.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { Query } from './query.ts'
import { receiveGrpc } from './receive/grpc.ts'
import { isLoopback } from './receive/host.ts'
import { receiveHttp } from './receive/http.ts'
import type { Receiver } from './receive/listen.ts'
import type {
  Counts,
  LogFilter,
  LogRow,
  MetricFilter,
  MetricRow,
  Signal,
  SpanFilter,
  SpanRow,
  TraceFilter,
  TraceSummary,
} from './rows.ts'
import { Store, type StoreOptions } from './store.ts'
import { waitFor, type WaitOptions } from './wait.ts'

export interface ViewerOptions extends StoreOptions {
  /** 4317; 0 takes a free port, false turns OTLP/gRPC off */
  grpcPort?: number | false
  /** 4318; 0 takes a free port, false turns OTLP/HTTP off */
  httpPort?: number | false
  /** 127.0.0.1 */
  host?: string
  /** listen on addresses that other machines reach, and answer under any name */
  allowRemote?: boolean
  /** every accepted export request, after it is stored and before it is answered */
  onRequest?: OnRequest
  /** what one sender may ask for, where the defaults do not fit */
  limits?: Partial<Limits>
}

export interface Viewer {
  /** http://HOST:PORT, '' when it is off */
  readonly grpcUrl: string
  /** http://HOST:PORT, '' when it is off */
  readonly httpUrl: string
  /** All of one trace, each list ordered by time. */
  trace(traceId: string): { spans: SpanRow[]; logs: LogRow[] }
  spans(filter?: SpanFilter): SpanRow[]
  traces(filter?: TraceFilter): TraceSummary[]
  logs(filter?: LogFilter): LogRow[]
  metrics(filter?: MetricFilter): MetricRow[]
  /** Spans of other traces whose links point into this one. */
  linksTo(traceId: string): SpanRow[]
  counts(): Counts
  /**
   * The first answer of `check` that is not undefined, null or false. It is asked now and at each arrival; what it
   * throws counts as "not yet". Rejects after `timeoutMs` (10 000) with what did arrive.
   */
  waitFor<T>(check: (viewer: Viewer) => T | undefined | false | null, options?: WaitOptions): Promise<T>
  /** Calls back after each accepted request; answers with the way to stop that. */
  subscribe(listener: (signal: Signal) => void): () => void
  /** Stops listening, ends open connections and closes the store; queries throw from then on. */
  close(): Promise<void>
}

/**
 * Receives OTLP over gRPC and HTTP on this machine and keeps the newest of it. Rejects where an option makes no
 * sense, a port is taken (with the system's `code`) or the file is not usable.
 */
export async function startViewer(options: ViewerOptions = {}): Promise<Viewer> {
  const { grpcPort = 4317, httpPort = 4318, host = '127.0.0.1', allowRemote = false } = options
  checkPort('grpcPort', grpcPort)
  checkPort('httpPort', httpPort)
  if (!allowRemote && !isLoopback(host)) {
    throw new RangeError(
      `host ${host} is not a loopback address: other machines could send and read. If that is meant, set allowRemote`,
    )
  }
  const listeners = new Set<(signal: Signal) => void>()
  const store = new Store(options)
  const intake = new StoreIntake(store, { ...DEFAULT_LIMITS, ...options.limits }, (signal, request) => {
    if (options.onRequest) callListener(() => options.onRequest?.(signal, request))
    for (const listener of listeners) callListener(() => listener(signal))
  })
  const receivers: Receiver[] = []
  const closeReceivers = (): Promise<unknown> => Promise.all(receivers.map((receiver) => receiver.close()))
  const open = async (receiver: Promise<Receiver>): Promise<string> => {
    const opened = await receiver
    receivers.push(opened)
    return opened.url
  }
  try {
    const grpcUrl = grpcPort === false ? '' : await open(receiveGrpc(intake, { port: grpcPort, host }))
    const httpUrl =
      httpPort === false ? '' : await open(receiveHttp(intake, { port: httpPort, host, allowRemote }))
    return createViewer({ grpcUrl, httpUrl, store, intake, listeners, closeReceivers })
  } catch (error) {
    await closeReceivers()
    store.close()
    throw error
  }
}

interface Parts {
  grpcUrl: string
  httpUrl: string
  store: Store
  intake: StoreIntake
  listeners: Set<(signal: Signal) => void>
  closeReceivers: () => Promise<unknown>
}

function createViewer({ grpcUrl, httpUrl, store, intake, listeners, closeReceivers }: Parts): Viewer {
  const query = new Query(store.db)
  const closed = new AbortController()
  let closing: Promise<void> | undefined

  const close = async (): Promise<void> => {
    closed.abort()
    await closeReceivers()
    listeners.clear()
    store.close()
  }
  const subscribe = (listener: (signal: Signal) => void): (() => void) => {
    // Its own function, so that one listener subscribed twice is called twice and stopped once.
    const own = (signal: Signal): void => listener(signal)
    listeners.add(own)
    return () => listeners.delete(own)
  }
  const viewer: Viewer = {
    grpcUrl,
    httpUrl,
    trace: (traceId) => ({ spans: query.spans({ traceId }), logs: query.logs({ traceId }) }),
    spans: (filter) => query.spans(filter),
    traces: (filter) => query.traces(filter),
    logs: (filter) => query.logs(filter),
    metrics: (filter) => query.metrics(filter),
    linksTo: (traceId) => query.linksTo(traceId),
    counts: () => {
      const { points: metricPoints, ...totals } = store.totals
      const { requests, rejected, refused } = intake
      return { ...totals, metricPoints, requests, rejected, refused }
    },
    waitFor: (check, options) =>
      waitFor(
        () => check(viewer),
        subscribe,
        () => describeArrivals(viewer, intake),
        closed.signal,
        options,
      ),
    subscribe,
    close: () => (closing ??= close()),
  }
  return viewer
}

/** What arrived, in a line: for the error of a wait that was in vain. */
function describeArrivals(viewer: Viewer, { lastProblem }: StoreIntake): string {
  const { spans, logs, metricPoints, rejected, refused } = viewer.counts()
  const names = new Map<string, number>()
  for (const { service, name } of viewer.spans({ limit: 1_000 })) {
    const label = `${service}: ${name}`.slice(0, 80)
    names.set(label, (names.get(label) ?? 0) + 1)
  }
  const list = [...names].slice(-20).map(([name, count]) => (count > 1 ? `${name} ×${count}` : name))
  const problems =
    lastProblem === undefined
      ? ''
      : `; ${refused} requests refused, ${rejected} records rejected, the last as ${lastProblem}`
  const shown = list.length > 0 ? ` (${list.join(', ')})` : ''
  return `arrived: ${spans} spans${shown}, ${logs} log records, ${metricPoints} metric points${problems}`
}

/** What a listener throws is its own affair: the sender's request has been stored. */
function callListener(call: () => void): void {
  try {
    call()
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.emitWarning(`a listener of @waybill/viewer threw: ${reason}`, 'WaybillViewerWarning')
  }
}

function checkPort(name: string, port: number | false): void {
  if (port !== false && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new RangeError(`${name} must be a port number from 0 to 65535, or false`)
  }
}
