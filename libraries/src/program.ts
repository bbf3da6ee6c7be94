import type { System } from './cases/case.ts'

/** Binding, as in an import statement, and module. */
export type Imports = readonly (readonly [binding: string, module: string])[]

/** The libraries are loaded by the app itself, in its own way; what `run` of the file does with them is the same. */
export function program(imports: Imports, file: string, run: string, system: System): string {
  const path = JSON.stringify(file)
  const names = imports.map(([binding]) => binding.replace(/[{}]|\* as/g, '').trim()).join(', ')
  const lines =
    system === 'CommonJS'
      ? imports.map(([binding, module]) => `const ${binding.replace('* as ', '')} = require('${module}')`)
      : imports.map(([binding, module]) => `import ${binding} from '${module}'`)
  const load = system === 'CommonJS' ? `const page = require(${path})` : `import page from ${path}`
  return [...lines, load, `page.${run}({ ${names} })`].join('\n')
}
