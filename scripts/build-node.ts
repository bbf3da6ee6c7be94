// @waybill/node: upstream's packages are bundled, so that an install brings a handful of packages and a start
// reads a handful of files. Each instrumentation is a file of its own, read when its library is.
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, relative } from 'node:path'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { INTEGRATIONS } from '../packages/node/src/integrations/table.ts'
import { OPTIONS, SIGNALS, type Row } from '../packages/node/src/options/table.ts'
import { COMMON } from './build-package.ts'
import { writeNotices } from './notices.ts'

/**
 * A real dependency of the package, as it names files of its own to Node's loader; and one that
 * integrations/require-hook.ts stands in for.
 */
const EXTERNAL = ['import-in-the-middle', 'require-in-the-middle']
/** Bundled once, and shared by all files of the build. */
const API = '@opentelemetry/api'
const BASE = '@opentelemetry/instrumentation'

/** Each read when it is used. */
const PARTS = [
  'metrics',
  'host-id',
  'pieces',
  'worker',
  'bundled-libraries',
  'code-cache-write',
  'export/encode/serializers',
  'export/last-resort',
  'export/threads/thread',
  'exporters/console',
  'exporters/zipkin',
  'exporters/prometheus',
  'integrations/import-in-the-middle',
  'integrations/kafkajs',
  'integrations/undici',
  'integrations/upstream',
  'tracing/sampling',
  'tracing/redact/redact',
  'tracing/propagators/create',
  // Where a setting is wrong, or asks for it.
  'options/problems',
  'options/code',
  'options/file',
  'options/validate',
  'options/instrumentations',
  'options/banner',
]

export async function buildNode(folder: string): Promise<void> {
  const src = `${folder}/src`
  const dist = `${folder}/dist`
  const require = createRequire(`${process.cwd()}/${folder}/package.json`)
  const upstream = dirname(require.resolve('@opentelemetry/auto-instrumentations-node'))
  const resolveDirOf = (pkg: string): string => {
    if (pkg.startsWith('./')) return `${src}/integrations`
    return pkg.startsWith('@opentelemetry/') ? upstream : folder
  }
  const inputs: string[] = []
  const bundle = async (options: BuildOptions): Promise<void> => {
    const { metafile } = await build({
      ...COMMON,
      ...options,
      minify: true,
      external: EXTERNAL,
      metafile: true,
    })
    inputs.push(...Object.keys(metafile.inputs))
  }
  const entry = (name: string, plugins: Plugin[] = []): Promise<void> =>
    bundle({ entryPoints: [`${src}/${name}.ts`], outdir: dist, outbase: src, plugins })

  // Read where Waybill is on: nothing but Node's own modules and a few files of ours.
  await entry('start', [optionsAsData(true)])
  await entry('all-options', [optionsAsData(false)])
  // The SDK, with the API.
  await bundle({
    stdin: { contents: `export * from './boot.ts'; export * from '${API}'`, resolveDir: src },
    outfile: `${dist}/boot.js`,
  })
  for (const name of PARTS) await entry(name, [at(API, toDist(name, 'boot'))])
  await bundle({
    stdin: { contents: `export * from '${BASE}'`, resolveDir: folder },
    outfile: `${dist}/instrumentation.js`,
    plugins: [at(API, './boot.js')],
  })
  const instrumentations = INTEGRATIONS.flatMap(({ name, from }) => (from ? [{ name, pkg: from[0] }] : []))
  for (const { name, pkg } of instrumentations) {
    await bundle({
      stdin: {
        contents: `export * from '${pkg}'`,
        resolveDir: resolveDirOf(pkg),
      },
      outfile: `${dist}/instrumentations/${name}.js`,
      // One base class for all.
      plugins: [at(API, '../boot.js'), at(BASE, '../instrumentation.js')],
    })
  }
  await entry('index', [at('./start.ts', './start.js')])
  await bundle({
    entryPoints: [`${src}/register.ts`],
    outdir: dist,
    define: { ...COMMON.define, WAYBILL_BUILD: JSON.stringify(hashOf(dist)) },
  })
  writeNotices(inputs, `${folder}/THIRD-PARTY-NOTICES`)
  console.log(`${relative('.', dist)}: ${instrumentations.length} instrumentations`)
}

/** Another file of the build, seen from `name`. */
function toDist(name: string, other: string): string {
  return `${'../'.repeat(name.split('/').length - 1) || './'}${other}.js`
}

/** This package is another file of the build, required once however many modules import it. */
function at(pkg: string, path: string): Plugin {
  return virtual(pkg, `export { ${exportsOf(pkg).join(', ')} } from '${path}'`, path)
}

/** By name: of `export *` esbuild makes a copy, for each file at each start. */
function exportsOf(pkg: string): readonly string[] {
  if (pkg.startsWith('.')) return ['start']
  const require = createRequire(`${process.cwd()}/packages/node/package.json`)
  return Object.keys(require(pkg) as object)
}

/** Names the build in the paths of the code cache, where V8 takes a source of the same length for the same. */
function hashOf(dist: string): string {
  const hash = createHash('sha256')
  for (const file of globSync(`${dist}/**/*.js`).toSorted()) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

/**
 * The table of options as JSON, for the preload only with what that reads: parsing it costs a start less than as
 * much source.
 */
function optionsAsData(early: boolean): Plugin {
  const json = (value: object): string => `JSON.parse(${JSON.stringify(JSON.stringify(value))})`
  const rows = Object.values<Row>(OPTIONS).map(({ env, kind, min, max, allowed, close }) => [
    env,
    { kind, min, max, allowed, close },
  ])
  const contents = early
    ? `export const BY_VARIABLE = ${json(Object.fromEntries(rows))}`
    : `export const OPTIONS = ${json(OPTIONS)}, SIGNALS = ${json(SIGNALS)}`
  return {
    name: 'options',
    setup(bundler) {
      bundler.onLoad({ filter: /options\/table\.ts$/ }, () => ({ contents, loader: 'js' }))
    },
  }
}

/** `pkg` is a module with these contents; `external`, required in it, stays a require. */
function virtual(pkg: string, contents: string, external?: string): Plugin {
  const namespace = `virtual-${pkg}`
  return {
    name: namespace,
    setup(bundler) {
      bundler.onResolve({ filter: new RegExp(`^${pkg}$`) }, ({ path }) => ({ path, namespace }))
      bundler.onLoad({ filter: /.*/, namespace }, () => ({ contents, loader: 'js' }))
      bundler.onResolve({ filter: /.*/, namespace }, ({ path }) =>
        path === external ? { path, external: true } : undefined,
      )
    },
  }
}
