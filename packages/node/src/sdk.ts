import { installed } from './bundled.ts'
import { load } from './lazy.ts'
import type * as PiecesModule from './pieces.ts'
import type { NodeSdkPieces } from './pieces/types.ts'
import type { StartOptions } from './start-options.ts'

/**
 * What Waybill is made of, for a NodeSDK of your own: `new NodeSDK({ ...waybillNodeSdk() })`. Never throws. One set
 * for a process: a second call returns the first one's. Where Waybill is preloaded, started or off, the pieces do
 * nothing.
 *
 * @param options as of `start()`
 */
export function waybillNodeSdk(options: StartOptions = {}): NodeSdkPieces {
  if (!/node[/\\](?:dist|src)[/\\](?:sdk|index)\.[jt]s$/.test(import.meta.filename)) {
    return installed(import.meta.filename)?.waybillNodeSdk(options) ?? NONE
  }
  return (load('pieces') as typeof PiecesModule).createPieces(options)
}

/** As much as nothing. */
const NONE: NodeSdkPieces = {
  spanProcessors: [],
  logRecordProcessors: [],
  metricReaders: [],
  instrumentations: [],
}
