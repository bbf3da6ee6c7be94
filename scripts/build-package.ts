import { readFileSync } from 'node:fs'
import { build, type BuildOptions } from 'esbuild'

/** For every bundle of ours. */
export const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  conditions: ['@waybill/source'],
  define: {
    'import.meta.filename': '__filename',
    'import.meta.dirname': '__dirname',
    // Upstream's only use of it is createRequire(), which takes a path too.
    'import.meta.url': '__filename',
  },
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions

/** One file for each entry point that the package's `exports` names; its dependencies stay imports. */
export async function buildPackage(folder: string): Promise<void> {
  const { exports } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as {
    exports: Record<string, { '@waybill/source'?: string } | string>
  }
  const sources = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : (entry['@waybill/source'] ?? []),
  )
  await build({
    ...COMMON,
    entryPoints: sources.map((source) => `${folder}/${source}`),
    outdir: `${folder}/dist`,
    outbase: `${folder}/src`,
    packages: 'external',
  })
}
