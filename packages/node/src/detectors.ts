import { readFileSync } from 'node:fs'
import { arch, hostname, platform, release, userInfo } from 'node:os'
import type { DetectedResource, DetectedResourceAttributes } from '@opentelemetry/resources'
import type * as HostIdModule from './host-id.ts'
import { load } from './lazy.ts'

// What upstream's detectors of the same names find, without waiting: an attribute that comes later holds up the
// first export, and its reading costs every start.
// https://opentelemetry.io/docs/specs/semconv/resource/

export function detectHost(): DetectedResource {
  return {
    attributes: { 'host.name': hostname(), 'host.arch': ARCH[arch()] ?? arch(), 'host.id': hostId() },
  }
}

export function detectOs(): DetectedResource {
  return { attributes: { 'os.type': OS[platform()] ?? platform(), 'os.version': release() } }
}

export function detectProcess(): DetectedResource {
  const { pid, title, execPath, argv, execArgv, versions } = process
  return {
    attributes: {
      'process.pid': pid,
      'process.executable.name': title,
      'process.executable.path': execPath,
      'process.command_args': [argv[0]!, ...execArgv, ...argv.slice(1)],
      'process.runtime.version': versions.node,
      'process.runtime.name': 'nodejs',
      'process.runtime.description': 'Node.js',
      ...(argv.length > 1 && { 'process.command': argv[1] }),
      ...owner(),
    },
  }
}

const ARCH: Readonly<Record<string, string>> = { arm: 'arm32', ppc: 'ppc32', x64: 'amd64' }
const OS: Readonly<Record<string, string>> = { sunos: 'solaris', win32: 'windows' }

function owner(): DetectedResourceAttributes {
  try {
    return { 'process.owner': userInfo().username }
  } catch {
    // A user id without a name, as containers have.
    return {}
  }
}

function hostId(): DetectedResourceAttributes[string] {
  // Other systems tell it by a program, or the registry.
  if (platform() !== 'linux') return (load('host-id') as typeof HostIdModule).hostId()
  for (const file of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      return readFileSync(file, 'utf8').trim()
    } catch {
      // Containers often have none.
    }
  }
  return undefined
}
