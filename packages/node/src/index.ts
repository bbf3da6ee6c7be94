export { start } from './start.ts'
export type { Handle } from './start.ts'
