// Run before the app: node --require ./telemetry.cjs app.mjs
const { NodeSDK } = require('@opentelemetry/sdk-node')
const { waybillNodeSdk } = require('@waybill/node')

/** A processor of your own, beside those of Waybill. */
const counting = {
  count: 0,
  onStart() {},
  onEnd() {
    this.count++
  },
  async forceFlush() {},
  async shutdown() {},
}

const waybill = waybillNodeSdk({ serviceName: 'parcels' })
new NodeSDK({ ...waybill, spanProcessors: [...waybill.spanProcessors, counting] }).start()

process.on('exit', () => console.log(`${counting.count} spans`))
