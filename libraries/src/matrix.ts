import { join } from 'node:path'
import { ROOT } from './node.ts'

/** Version of Node → case and module system → does it give its spans? */
export type Matrix = Record<string, Record<string, 'yes' | 'no'>>

export const MATRIX_FILE: string = join(ROOT, 'matrix.json')
