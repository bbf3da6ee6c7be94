/**
 * @param version `5.3.0`. A prerelease is in no range; neither is what is no version
 * @param range `>=4 <6` or `>=1.3 <4`: two versions, as far as they matter
 */
export function isInRange(version: string | undefined, range: string): boolean {
  const given = version === undefined ? null : /^v?(\d+\.\d+)\.\d+(?:\+.*)?$/.exec(version)
  const [from, below] = range.match(/\d+(?:\.\d+)?/g) ?? []
  if (!given || from === undefined || below === undefined) return false
  return isAtLeast(given[1]!, from) && !isAtLeast(given[1]!, below)
}

function isAtLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [fromMajor = 0, fromMinor = 0] = minimum.split('.').map(Number)
  return major > fromMajor || (major === fromMajor && minor >= fromMinor)
}
