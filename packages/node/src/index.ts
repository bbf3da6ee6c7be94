export { waybillNodeSdk } from './sdk.ts'
export { start } from './start.ts'
export type {
  InstrumentationPiece,
  LogRecordProcessorPiece,
  MetricReaderPiece,
  NodeSdkPieces,
  ResourcePiece,
  SamplerPiece,
  SpanProcessorPiece,
} from './pieces/types.ts'
export type { ResourceValue, SamplerName, StartOptions } from './start-options.ts'
export type { Handle } from './start.ts'
