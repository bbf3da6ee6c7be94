import type { Case } from './case.ts'
import { named } from './common.ts'

/** Libraries that pass work on. */
export const TOOLS: readonly Case[] = [
  {
    name: 'generic-pool',
    integration: 'generic-pool',
    library: 'generic-pool 3',
    imports: [['{ createPool }', 'generic-pool']],
    fixture: 'generic-pool.cjs',
    ...named('generic-pool'),
    spans: `
      internal app
        internal generic-pool.acquire`,
  },
  {
    name: 'dataloader',
    integration: 'dataloader',
    library: 'dataloader 2',
    imports: [['DataLoader', 'dataloader']],
    fixture: 'dataloader.cjs',
    spans: `
      internal app
        internal dataloader.batch items`,
  },
  {
    name: 'lru-memoizer',
    integration: 'lru-memoizer',
    library: 'lru-memoizer 3',
    imports: [['memoizer', 'lru-memoizer']],
    fixture: 'lru-memoizer.cjs',
    note: 'no spans: those who wait for a value keep their own context',
    spans: `
      internal app
        internal first
      internal app
        internal second`,
  },
]
