// Metrics to be fetched. Read where OTEL_METRICS_EXPORTER names it.
import { createServer, type Server } from 'node:http'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import type { IMetricReader } from '@opentelemetry/sdk-metrics'
import { report } from '@waybill/core'
import { UNTRACED } from '../untraced.ts'
import type { Options } from '../options/read.ts'

const PATH = '/metrics'
/** The process before this one, or a sibling, may still have the port: it is tried again after so many milliseconds. */
const AGAIN_AFTER = 5000

/**
 * The metric reader behind `http://HOST:PORT/metrics`, in Prometheus's text format. The server never keeps the
 * process alive, and its requests are not traced.
 */
export function prometheusReader({ host, port }: Options['prometheus']): IMetricReader {
  const reader = new Reader({ preventServerStart: true })
  const server = createServer((request, response) => {
    const { pathname } = URL.parse(request.url ?? '', 'http://localhost') ?? { pathname: '' }
    if (pathname === PATH) return reader.getMetricsRequestHandler(request, response)
    response.statusCode = pathname === '' ? 400 : 404
    response.end()
  })
  reader.server = server
  Object.defineProperty(server, UNTRACED, { value: true })
  server.on('connection', (socket) => void socket.unref())
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (reader.closed) return
    const used = error.code === 'EADDRINUSE'
    const cure = used
      ? 'Another process has it: give each its own OTEL_EXPORTER_PROMETHEUS_PORT. It is tried again'
      : 'Metrics are not to be had there'
    const message = `Prometheus cannot be served on ${host}:${port}: ${error.message}. ${cure}.`
    report('WAYBILL_PROMETHEUS_FAILED', message, `${host}:${port}`)
    if (used) setTimeout(listen, AGAIN_AFTER).unref()
  })
  function listen(): void {
    // Not the shared port of a cluster: each of its processes has metrics of its own.
    if (!reader.closed) server.listen({ host, port, exclusive: true }).unref()
  }
  listen()
  return reader
}

class Reader extends PrometheusExporter {
  server: Server | undefined
  closed = false

  override async stopServer(): Promise<void> {
    this.closed = true
    this.server?.close()
    this.server?.closeAllConnections()
  }
}
