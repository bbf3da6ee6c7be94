// @waybill/node: upstream's packages are bundled, so that an install brings a handful of packages and a start
// reads a handful of files. Each instrumentation is a file of its own, read when its library is.
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
  const entries = { outdir: dist, outbase: src }

  // The preload reads the second where Waybill is on: nothing but Node's own modules and a few files of ours.
  await bundle({
    ...entries,
    entryPoints: [`${src}/register.ts`, `${src}/start.ts`],
    plugins: [optionsAsData(true)],
  })
  await bundle({ ...entries, entryPoints: [`${src}/index.ts`], plugins: [at('./start.ts', './start.js')] })
  await bundle({ ...entries, entryPoints: [`${src}/worker.ts`] })
  // The SDK, and the parts of it that are read when they are used.
  for (const part of ['boot', 'metrics', 'logs', 'host-id', 'pieces']) {
    await bundle({ ...entries, entryPoints: [`${src}/${part}.ts`], plugins: [at(API, './api.js')] })
  }
  await bundle({
    ...entries,
    entryPoints: [`${src}/export/encode/serializers.ts`],
    plugins: [at(API, '../../api.js')],
  })
  await bundle({
    ...entries,
    entryPoints: [`${src}/exporters/zipkin.ts`, `${src}/exporters/prometheus.ts`],
    plugins: [at(API, '../api.js')],
  })
  await bundle({
    ...entries,
    entryPoints: [`${src}/tracing/sampling.ts`],
    plugins: [at(API, '../api.js')],
  })
  await bundle({
    ...entries,
    entryPoints: [`${src}/tracing/redact/redact.ts`, `${src}/tracing/propagators/create.ts`],
    plugins: [at(API, '../../api.js')],
  })
  await bundle({
    ...entries,
    entryPoints: [`${src}/export/last-resort.ts`, `${src}/export/threads/thread.ts`],
  })
  await bundle({ ...entries, entryPoints: [`${src}/all-options.ts`], plugins: [optionsAsData(false)] })
  await bundle({ ...entries, entryPoints: [`${src}/bundled-libraries.ts`] })
  // Read where a setting is wrong, or asks for it.
  await bundle({
    ...entries,
    entryPoints: ['problems', 'code', 'file', 'validate', 'instrumentations', 'banner'].map(
      (part) => `${src}/options/${part}.ts`,
    ),
    plugins: [at(API, '../api.js')],
  })
  await bundle({
    ...entries,
    entryPoints: [`${src}/integrations/activate.ts`],
    plugins: [at(API, '../api.js')],
  })
  await bundle({
    stdin: { contents: `export * from '${API}'`, resolveDir: folder },
    outfile: `${dist}/api.js`,
  })
  await bundle({
    stdin: { contents: `export * from '${BASE}'`, resolveDir: folder },
    outfile: `${dist}/instrumentation.js`,
    plugins: [at(API, './api.js')],
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
      plugins: [at(API, '../api.js'), at(BASE, '../instrumentation.js')],
    })
  }
  writeNotices(inputs, `${folder}/THIRD-PARTY-NOTICES`)
  console.log(`${relative('.', dist)}: ${instrumentations.length} instrumentations`)
}

/** This package is another file of the build, required once however many modules import it. */
function at(pkg: string, path: string): Plugin {
  return virtual(pkg, `module.exports = require('${path}')`, path)
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
