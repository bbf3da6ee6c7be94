import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node'
import { start, waybillNodeSdk, type NodeSdkPieces, type StartOptions } from '../src/index.ts'

// Checked by `npm run check`: these lines have no type errors.
const taken: (pieces: NodeSdkPieces) => Partial<NodeSDKConfiguration> = (pieces) => ({
  ...pieces,
  serviceName: 'mine',
})
const whole: (pieces: NodeSdkPieces) => Partial<NodeSDKConfiguration> = (pieces) => pieces
const options: StartOptions = {
  serviceName: 'orders',
  resource: { 'deployment.environment.name': 'test', 'some.numbers': [1, 2] },
  protocol: 'http/protobuf',
  exporters: { traces: ['otlp', 'console'], logs: 'none' },
  sampling: { ratio: 0.5, rules: [{ route: '/healthz', drop: true }], keep: { errors: true } },
  instrumentations: { options: { http: { ignorePaths: ['/internal/*'] } } },
}
// @ts-expect-error -- a name that is none
const wrong: StartOptions = { protocol: 'grcp' }

test('what waybillNodeSdk() returns is what NodeSDK takes', () => {
  expect([whole, taken, start, waybillNodeSdk, options, wrong]).toHaveLength(6)
})
