import { query } from '../app-folder.ts'

/** A way in which an app comes to its first traced library. */
export interface Way {
  /** A folder with other packages. */
  readonly in?: 'deep' | 'es' | 'linked' | 'typed'
  readonly files?: Record<string, string>
  readonly args: readonly string[]
  readonly stdin?: string
  readonly env?: Record<string, string>
  readonly flags?: readonly string[]
  readonly queries?: readonly string[]
}

/** Code that takes the library, and asks it `q`. */
export const REQUIRE = `const mysql = require('mysql')\n`
export const IMPORT = `import mysql from 'mysql'\n`
export const Q: string = query('q')
