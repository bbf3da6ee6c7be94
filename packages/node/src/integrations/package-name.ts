/**
 * The package or builtin that a specifier or a file URL belongs to; undefined for the app's own files.
 *
 * `node:http` → `http`, `@scope/name/sub` → `@scope/name`, `file:///…/node_modules/pg/lib/x.js` → `pg`
 */
export function packageName(specifier: string): string | undefined {
  const folder = specifier.lastIndexOf('/node_modules/')
  if (folder >= 0) return firstSegments(specifier.slice(folder + '/node_modules/'.length))
  const first = specifier.charCodeAt(0)
  // `.`, `/` and `#` begin the app's own files; so do URLs.
  if (first === 46 || first === 47 || first === 35) return undefined
  if (specifier.startsWith('node:')) return specifier.slice(5)
  return specifier.includes(':') ? undefined : firstSegments(specifier)
}

function firstSegments(path: string): string {
  const slash = path.indexOf('/')
  if (slash < 0) return path
  if (path.charCodeAt(0) !== 64) return path.slice(0, slash)
  const second = path.indexOf('/', slash + 1)
  return second < 0 ? path : path.slice(0, second)
}
