// @waybill/node: upstream's packages are bundled, so that an install brings a handful of packages and a start
// reads a handful of files. Each instrumentation is a file of its own, read when its library is.
import { createRequire } from 'node:module'
import { dirname, relative } from 'node:path'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { INTEGRATIONS } from '../packages/node/src/integrations/table.ts'
import { COMMON } from './build-package.ts'
import { writeNotices } from './notices.ts'

/** A real dependency of the package: it names files of its own to Node's loader. */
const EXTERNAL = ['import-in-the-middle']
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
    const { metafile } = await build({ ...COMMON, ...options, external: EXTERNAL, metafile: true })
    inputs.push(...Object.keys(metafile.inputs))
  }
  const entries = { outdir: dist, outbase: src }

  // The preload, and the same without it: nothing but Node's own modules and a few files of ours.
  await bundle({ ...entries, entryPoints: [`${src}/register.ts`, `${src}/index.ts`] })
  await bundle({ ...entries, entryPoints: [`${src}/worker.ts`] })
  // The SDK.
  await bundle({
    ...entries,
    entryPoints: [`${src}/boot.ts`],
    plugins: [at(API, './api.js'), lazyChildProcess],
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
    plugins: [at(API, './api.js'), silence('debug')],
  })
  const instrumentations = INTEGRATIONS.flatMap(({ name, from }) => (from ? [{ name, pkg: from[0] }] : []))
  for (const { name, pkg } of instrumentations) {
    await bundle({
      stdin: {
        contents: `export * from '${pkg}'`,
        resolveDir: resolveDirOf(pkg),
      },
      outfile: `${dist}/instrumentations/${name}.js`,
      // One base class for all: require-in-the-middle patches `require` once.
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

/** Only other platforms than Linux run a program to learn the host's id: its module is read when it is used. */
const lazyChildProcess = virtual(
  'child_process',
  `exports.exec = (...args) => require('node:child_process').exec(...args)`,
)

/** require-in-the-middle writes debug lines of its own; their package would be read in every process. */
function silence(pkg: string): Plugin {
  return virtual(pkg, 'module.exports = () => () => {}')
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
