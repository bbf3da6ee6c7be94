// The preload: node --require @waybill/node/register app.js
import { start } from './start.ts'

start()
