import { isIPv4 } from 'node:net'

/** Whether a name or address (an IPv6 one with or without brackets) means this machine and no other. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'))
}

/** Whether a `Host` header names this machine. A page that got here by DNS rebinding carries its own name. */
export function isLoopbackHostHeader(header: string | undefined): boolean {
  const [, name] = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/.exec(header ?? '') ?? []
  return name !== undefined && isLoopback(name)
}
