// Makes the CommonJS that is published: one file of JavaScript a source file, nothing bundled.
// `tsc -b` has written the declarations.
import { globSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** Every import stays an import; a relative one names the built file. */
const keepImports: Plugin = {
  name: 'keep-imports',
  setup(bundler) {
    bundler.onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind === 'entry-point'
        ? undefined
        : { path: path.replace(/^(\.{1,2}\/.*)\.ts$/, '$1.js'), external: true },
    )
  },
}

for (const manifest of globSync('packages/*/package.json')) {
  const folder = dirname(manifest)
  await build({
    entryPoints: globSync(`${folder}/src/**/*.ts`),
    outdir: `${folder}/dist`,
    outbase: `${folder}/src`,
    bundle: true,
    plugins: [keepImports],
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  })
  writeFileSync(`${folder}/dist/package.json`, '{ "type": "commonjs" }\n')
}
