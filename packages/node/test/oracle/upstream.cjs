// Cases one after the other under upstream's NodeSDK. stdin: a line of JSON { name, env } for each; stdout: what was
// seen of it, a line each.
const { createInterface } = require('node:readline')
const api = require('@opentelemetry/api')
const { NodeSDK } = require('@opentelemetry/sdk-node')
const program = require('./program.cjs')

const { dir } = console
const before = { ...process.env }

async function runCase(env) {
  for (const name of Object.keys(process.env)) if (/^(?:OTEL|ORACLE)_/.test(name)) delete process.env[name]
  Object.assign(process.env, before, env)
  let seen = {}
  let sdk
  try {
    sdk = new NodeSDK({})
    sdk.start()
    seen = await program(api, env.ORACLE_SCRAPE)
    await sdk.shutdown()
  } catch (error) {
    seen.threw = error.message
  }
  console.dir = dir
  for (const part of [api.trace, api.metrics, api.logs, api.propagation, api.context, api.diag])
    part.disable()
  return seen
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const { name, env } = JSON.parse(line)
    const seen = await runCase(env)
    console.log(`ORACLE ${JSON.stringify({ name, seen })}`)
  }
}

void main()
