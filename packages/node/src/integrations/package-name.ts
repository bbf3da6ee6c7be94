/**
 * The package or builtin that a specifier, a file or a file URL belongs to; undefined for the app's own files.
 *
 * `node:http` → `http`, `@scope/name/sub` → `@scope/name`, `file:///…/node_modules/pg/lib/x.js` → `pg`
 */
export function packageName(specifier: string): string | undefined {
  const inPackage = packagePath(specifier)
  if (inPackage !== undefined) return firstSegments(inPackage)
  const first = specifier.charCodeAt(0)
  // `.`, `/` and `#` begin the app's own files; so do URLs and the drives of Windows.
  if (first === 46 || first === 47 || first === 35) return undefined
  if (specifier.startsWith('node:')) return specifier.slice(5)
  return specifier.includes(':') ? undefined : firstSegments(specifier)
}

/** `/app/node_modules/pg/lib/client.js` → `pg/lib/client.js`; undefined for what lies in no package. */
export function packagePath(file: string): string | undefined {
  const path = WINDOWS && file.includes('\\') ? file.replaceAll('\\', '/') : file
  const folder = path.lastIndexOf(FOLDER)
  return folder < 0 ? undefined : path.slice(folder + FOLDER.length)
}

const WINDOWS = process.platform === 'win32'
const FOLDER = '/node_modules/'

function firstSegments(path: string): string {
  const slash = path.indexOf('/')
  if (slash < 0) return path
  if (path.charCodeAt(0) !== 64) return path.slice(0, slash)
  const second = path.indexOf('/', slash + 1)
  return second < 0 ? path : path.slice(0, second)
}
