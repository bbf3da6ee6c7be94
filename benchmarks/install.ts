// Each subject in a folder of its own outside the workspace, as a user would have it: from npm, Waybill from its
// tarballs. Kept from run to run.
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  globSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { runToEnd } from './processes.ts'
import { PEERS } from './subjects.ts'

export interface Installation {
  readonly folder: string
  /** What the subject alone brings, without the dependencies of the apps. */
  readonly size: InstallSize
}

export interface InstallSize {
  readonly bytes: number
  readonly packages: number
}

/** What the measured apps need, beside each subject. */
const APPS = { express: '5.3.0', pino: '10.4.0', undici: '8.12.4' }
const SDK = { '@opentelemetry/api': '1.10.0', '@opentelemetry/sdk-trace': '3.1.0' }
const TOOLS = { autocannon: '9.0.0', undici: APPS.undici }
const WORKSPACE = resolve(import.meta.dirname, '..')
const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'waybill-bench')
const NOTHING = { name: 'bench', private: true }

/**
 * Bare Node, Waybill and the peers, installed.
 *
 * @param peers keys of `PEERS`; one that cannot be installed is left out and said in `notes`
 * @param files copied into every folder, so that `require` in them finds what is installed there
 * @throws Error when Waybill cannot be built, packed or installed, or the apps' dependencies not
 */
export async function installSubjects(
  peers: readonly string[],
  files: readonly string[],
  progress: (line: string) => void,
): Promise<{ installations: Map<string, Installation>; notes: string[] }> {
  const installations = new Map<string, Installation>()
  const notes: string[] = []
  installations.set('bare', await install('bare', {}, APPS, progress))
  installations.set('waybill', await installWaybill(progress))
  await installPeers(peers, installations, notes, progress)
  for (const { folder } of installations.values()) {
    for (const file of files) copyFileSync(file, join(folder, basename(file)))
  }
  return { installations, notes }
}

/**
 * The folders in which spans are made: the SDK without an exporter, Waybill and the peers.
 *
 * @param source the first two are those of the checkout, and nothing is installed for them
 * @throws Error as `installSubjects` does
 */
export async function installTracers(
  peers: readonly string[],
  source: boolean,
  progress: (line: string) => void,
): Promise<{ folders: Map<string, string>; notes: string[] }> {
  const installations = new Map<string, Installation>()
  const notes: string[] = []
  if (!source) {
    installations.set('sdk', await install('sdk', { dependencies: SDK }, {}, progress))
    installations.set('waybill', await installWaybill(progress))
  }
  await installPeers(peers, installations, notes, progress)
  const folders = new Map([...installations].map(([name, { folder }]) => [name, folder]))
  if (source) for (const name of ['sdk', 'waybill']) folders.set(name, join(WORKSPACE, 'packages/node'))
  return { folders, notes }
}

/** The folder in which the load generator's own dependencies are. */
export async function installTools(progress: (line: string) => void): Promise<string> {
  return (await install('tools', {}, TOOLS, progress)).folder
}

async function installPeers(
  peers: readonly string[],
  installations: Map<string, Installation>,
  notes: string[],
  progress: (line: string) => void,
): Promise<void> {
  for (const peer of peers) {
    try {
      installations.set(peer, await install(peer, { dependencies: PEERS[peer]!.packages }, APPS, progress))
    } catch (error) {
      notes.push(`${peer} is left out, it cannot be installed: ${(error as Error).message}`)
    }
  }
}

async function installWaybill(progress: (line: string) => void): Promise<Installation> {
  const tarballs = join(CACHE, `pack-${process.pid}`)
  try {
    progress('building and packing Waybill')
    await runToEnd('npx', ['--yes', 'pnpm@12.21.0', 'run', 'start:pack', tarballs], { cwd: WORKSPACE })
    const contents = globSync(`${tarballs}/*.tgz`)
      .toSorted()
      .map((tarball) => [tarball, createHash('sha256').update(readFileSync(tarball)).digest('hex')] as const)
    const packages = Object.fromEntries(contents.map(([path]) => [packageName(path), `file:${path}`]))
    const { '@waybill/node': node, ...others } = packages
    if (!node) throw new Error('no tarball of @waybill/node was made')
    // The others are not published either: where @waybill/node asks for one, it gets the tarball.
    const manifest = { dependencies: { '@waybill/node': node }, overrides: others }
    const version = contents.map(([path, hash]) => [basename(path), hash])
    const installation = await install('waybill', manifest, APPS, progress, version)
    removeOthers(installation.folder)
    return installation
  } finally {
    rmSync(tarballs, { recursive: true, force: true })
  }
}

async function install(
  label: string,
  subject: Record<string, unknown>,
  beside: Record<string, string>,
  progress: (line: string) => void,
  identity: unknown = subject,
): Promise<Installation> {
  const hash = createHash('sha256')
    .update(JSON.stringify([identity, beside]))
    .digest('hex')
  const folder = join(CACHE, `${label.replaceAll('/', '+')}-${hash.slice(0, 12)}`)
  const sizeFile = join(folder, 'size.json')
  try {
    return { folder, size: JSON.parse(readFileSync(sizeFile, 'utf8')) as InstallSize }
  } catch {
    progress(`installing ${label}`)
  }
  // Under another name until it is complete; two runs at a time do not meet.
  const draft = `${folder}.${process.pid}`
  try {
    mkdirSync(draft, { recursive: true })
    await npmInstall(draft, subject)
    const size = measure(join(draft, 'node_modules'))
    const dependencies = { ...(subject['dependencies'] as Record<string, string> | undefined), ...beside }
    await npmInstall(draft, { ...subject, dependencies })
    writeFileSync(join(draft, 'size.json'), JSON.stringify(size))
    rmSync(folder, { recursive: true, force: true })
    renameSync(draft, folder)
    return { folder, size }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function npmInstall(folder: string, manifest: Record<string, unknown>): Promise<void> {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...NOTHING, ...manifest }))
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  await runToEnd('npm', ['install', '--prefix', folder, ...quiet], { cwd: folder })
}

/** All files below `modules`, and the packages: folders right in a `node_modules` that have a package.json. */
function measure(modules: string): InstallSize {
  let bytes = 0
  let packages = 0
  const within = { cwd: modules, withFileTypes: true } as const
  for (const entry of globSync('**/*', within)) {
    if (!entry.isFile()) continue
    bytes += statSync(join(entry.parentPath, entry.name)).size
    if (entry.name !== 'package.json') continue
    if (/node_modules\/(?:@[^/]+\/)?[^@/][^/]*$/.test(entry.parentPath.replaceAll('\\', '/'))) packages++
  }
  return { bytes, packages }
}

/** `waybill-node-0.1.0.tgz` is @waybill/node. */
const packageName = (tarball: string): string =>
  basename(tarball).replace(/^waybill-(.+)-\d+\.\d+\.\d+.*\.tgz$/, '@waybill/$1')

/** Every change of Waybill has a folder; those of yesterday and before are not asked for again. */
function removeOthers(current: string): void {
  const yesterday = Date.now() - 86_400_000
  for (const name of readdirSync(CACHE)) {
    const folder = join(CACHE, name)
    if (!name.startsWith('waybill-') || folder === current) continue
    if (statSync(folder).mtimeMs < yesterday) rmSync(folder, { recursive: true, force: true })
  }
}
