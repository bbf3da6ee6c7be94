/** Those of `names` that someone who wrote `name` may have meant, the nearest first, three at the most. */
export function nearest(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase().slice(0, MAX_LENGTH)
  return names
    .map((known) => ({ known, far: farness(wanted, known.toLowerCase()) }))
    .filter(({ known, far }) => far <= Math.min(Math.max(2, known.length / 3), wanted.length / 2))
    .toSorted((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ known }) => known)
}

/** Longer than any name: what is asked for comes from outside. */
const MAX_LENGTH = 64

function farness(a: string, b: string): number {
  // `aws` means `aws-sdk`, `mongo` means `mongodb`, `instrumentation-pg` means `pg`.
  if (a.length > 1 && (b.startsWith(a) || a.endsWith(`-${b}`) || a.endsWith(`/${b}`))) return 1
  return levenshtein(a, b)
}

/** How many letters are to be added, taken out or replaced to make `b` of `a`. */
function levenshtein(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, above[j]! + 1, row[j - 1]! + 1))
    }
    above = row
  }
  return above[b.length]!
}
