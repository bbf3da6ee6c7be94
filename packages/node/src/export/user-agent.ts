import { VERSION } from '../version.ts'

export const USER_AGENT: string = `waybill-node/${VERSION} node/${process.versions.node}`
