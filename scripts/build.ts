// Makes what is published, as CommonJS in packages/*/dist. `tsc -b` has written the declarations.
import { globSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { buildNode } from './build-node.ts'
import { buildPackage } from './build-package.ts'

for (const manifest of globSync('packages/*/package.json')) {
  const folder = dirname(manifest)
  for (const old of globSync(`${folder}/dist/**/*.js`)) rmSync(old)
  // Compiled code of an earlier build.
  rmSync(`${folder}/.code`, { recursive: true, force: true })
  if (basename(folder) === 'node') await buildNode(folder)
  else await buildPackage(folder)
  writeFileSync(`${folder}/dist/package.json`, '{ "type": "commonjs" }\n')
}
