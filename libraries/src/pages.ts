import { CLIENTS } from './pages/clients.ts'
import { DATABASES } from './pages/databases.ts'
import { LIBRARIES } from './pages/libraries.ts'
import type { Page } from './pages/page.ts'
import { SERVERS } from './pages/servers.ts'

export const PAGES: readonly Page[] = [...SERVERS, ...CLIENTS, ...DATABASES, ...LIBRARIES]
