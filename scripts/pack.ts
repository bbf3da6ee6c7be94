// npm run pack -- DIR: every publishable package as a tarball in DIR, built first. `pnpm pack` turns
// `workspace:` versions into real ones (npm's own leaves them in, and such a tarball does not install).
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const [dir] = process.argv.slice(2)
if (dir === undefined) {
  console.error('usage: npm run pack -- DIR')
  process.exit(2)
}
// A relative DIR is meant from where the user stands; pnpm sets INIT_CWD anew, so the script keeps npm's.
const out = resolve(process.env['WAYBILL_CALLER'] ?? '.', dir)
mkdirSync(out, { recursive: true })
for (const manifest of globSync('packages/*/package.json').toSorted()) {
  const { name, private: hidden } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    name: string
    private?: boolean
  }
  if (hidden) continue
  execFileSync('npx', ['--yes', 'pnpm@12.21.0', 'pack', '--pack-destination', out], {
    cwd: dirname(manifest),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  console.log(`packed ${name}`)
}
