import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'

/** Collect name, version and licence text of every package that went into a bundle. */
export function writeNotices(inputs: readonly string[], file: string): void {
  const folders = new Set(
    inputs.flatMap((input) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  )
  const parts = new Map<string, string>()
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Record<
      string,
      string
    >
    const texts = globSync(`${folder}/{LICENSE,LICENCE,NOTICE}*`).filter((path) => statSync(path).isFile())
    const text = texts.map((path) => readFileSync(path, 'utf8').trim()).join('\n\n')
    parts.set(
      `${name}@${version}`,
      `${name} ${version} (${license})\n\n${text || `Licensed under ${license}.`}`,
    )
  }
  const sorted = [...parts].toSorted(([a], [b]) => a.localeCompare(b)).map(([, text]) => text)
  const head = 'This package contains code of the following packages, under their own licences.'
  writeFileSync(file, `${[head, ...sorted].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`)
}
