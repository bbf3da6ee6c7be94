// Fails when any @opentelemetry/* package, or a hook they share, is installed in two copies: two SDKs in one
// process cost start-up time and lose spans. Reads the lockfile, so it sees every platform's tree.
import { readFileSync } from 'node:fs'

const ONCE = /^(?:@opentelemetry\/.+|import-in-the-middle|require-in-the-middle)$/
const lock = readFileSync(new URL('../pnpm-lock.yaml', import.meta.url), 'utf8')
// The `snapshots:` section has one entry a copy: a name, a version, and the peers it was resolved with.
const [, snapshots = ''] = lock.split(/^snapshots:$/m)
const copies = new Map<string, string[]>()
for (const [, name = '', version = ''] of snapshots.matchAll(
  /^ {2}'?(@?[^@'\s]+)@([^:']+(?::[^:']+)*)'?:/gm,
)) {
  if (ONCE.test(name)) copies.set(name, [...(copies.get(name) ?? []), version])
}

const doubled = [...copies].filter(([, versions]) => versions.length > 1)
for (const [name, versions] of doubled) {
  console.error(`${name} is installed ${versions.length} times: ${versions.join(', ')}`)
}
if (copies.size === 0)
  console.error('pnpm-lock.yaml names no @opentelemetry/* package: has its format changed?')
if (doubled.length > 0 || copies.size === 0) {
  console.error('Hold one version under `overrides` in pnpm-workspace.yaml.')
  process.exit(1)
}
console.log(`one copy of each of ${copies.size} OpenTelemetry packages`)
