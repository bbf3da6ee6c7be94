// @waybill/node: upstream's packages are bundled, so that an install brings a handful of packages and a start
// reads a handful of files. Each instrumentation is a file of its own, read when its library is.
import { createRequire } from 'node:module'
import { dirname, relative } from 'node:path'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { INTEGRATIONS } from '../packages/node/src/integrations/table.ts'
import { COMMON } from './build-package.ts'
import { writeNotices } from './notices.ts'

/** Real dependencies of the package: one copy in the app, whoever else uses them. */
const EXTERNAL = ['@opentelemetry/api', '@waybill/core', 'import-in-the-middle']

export async function buildNode(folder: string): Promise<void> {
  const src = `${folder}/src`
  const dist = `${folder}/dist`
  const require = createRequire(`${process.cwd()}/${folder}/package.json`)
  const upstream = dirname(require.resolve('@opentelemetry/auto-instrumentations-node'))
  const resolveDirOf = (pkg: string): string => {
    if (pkg.startsWith('./')) return `${src}/integrations`
    return pkg.startsWith('@waybill/') ? folder : upstream
  }
  const inputs: string[] = []
  const bundle = async (options: BuildOptions): Promise<void> => {
    const { metafile } = await build({ ...COMMON, ...options, metafile: true })
    inputs.push(...Object.keys(metafile.inputs))
  }
  const entries = { outdir: dist, outbase: src }

  // The preload, and the same without it: nothing but Node's own modules and a few files of ours.
  await bundle({ ...entries, entryPoints: [`${src}/register.ts`, `${src}/index.ts`] })
  await bundle({ ...entries, entryPoints: [`${src}/worker.ts`] })
  // The SDK.
  const sdk = [`${src}/boot.ts`, `${src}/integrations/activate.ts`]
  await bundle({ ...entries, entryPoints: sdk, plugins: [external(EXTERNAL)] })
  await bundle({
    stdin: { contents: `export * from '@opentelemetry/instrumentation'`, resolveDir: folder },
    outfile: `${dist}/instrumentation.js`,
    plugins: [external(EXTERNAL), silence('debug')],
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
      plugins: [external(EXTERNAL), at('@opentelemetry/instrumentation', '../instrumentation.js')],
    })
  }
  writeNotices(inputs, `${folder}/THIRD-PARTY-NOTICES`)
  console.log(`${relative('.', dist)}: ${instrumentations.length} instrumentations`)
}

/** These packages stay imports. */
function external(packages: readonly string[]): Plugin {
  const filter = new RegExp(`^(?:${packages.join('|')})(?:/.*)?$`)
  return {
    name: 'external',
    setup(bundler) {
      bundler.onResolve({ filter }, ({ path }) => ({ path, external: true }))
    },
  }
}

/** This package is another file of the build. */
function at(pkg: string, path: string): Plugin {
  return {
    name: `at-${pkg}`,
    setup: (bundler) =>
      bundler.onResolve({ filter: new RegExp(`^${pkg}$`) }, () => ({ path, external: true })),
  }
}

/** require-in-the-middle writes debug lines of its own; their package would be read in every process. */
function silence(pkg: string): Plugin {
  return {
    name: `silence-${pkg}`,
    setup(bundler) {
      bundler.onResolve({ filter: new RegExp(`^${pkg}$`) }, ({ path }) => ({ path, namespace: 'silence' }))
      bundler.onLoad({ filter: /.*/, namespace: 'silence' }, () => ({
        contents: 'module.exports = () => () => {}',
      }))
    },
  }
}
