import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Grows with the schema; a file of another version is not read. */
const VERSION = 1
/** "Wayb", so that no other program's file is taken for one of ours. */
const APPLICATION_ID = 0x57617962

/**
 * The tables of records are in order of arrival by one sequence, `id`. What many records have in common (a
 * resource, a scope's name, a metric) is one row of `parts`, however often it is sent. `uses` counts its users, apart
 * from the text: SQLite writes a whole row anew for a change of one number in it.
 */
const SCHEMA = `
  CREATE TABLE parts (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, label TEXT NOT NULL, data TEXT NOT NULL
  );
  CREATE TABLE uses (part INTEGER PRIMARY KEY, refs INTEGER NOT NULL, size INTEGER NOT NULL);
  CREATE TABLE spans (
    id INTEGER PRIMARY KEY, resource INTEGER NOT NULL, scope INTEGER NOT NULL, size INTEGER NOT NULL,
    trace_id TEXT NOT NULL, span_id TEXT NOT NULL, root INTEGER NOT NULL, name TEXT NOT NULL, operation_id TEXT,
    error INTEGER NOT NULL, start_time INTEGER NOT NULL, end_time INTEGER NOT NULL, data TEXT NOT NULL
  );
  CREATE UNIQUE INDEX spans_trace ON spans (trace_id, span_id);
  CREATE INDEX spans_operation ON spans (operation_id) WHERE operation_id IS NOT NULL;
  CREATE TABLE links (trace_id TEXT NOT NULL, span INTEGER NOT NULL, PRIMARY KEY (trace_id, span)) WITHOUT ROWID;
  CREATE INDEX links_span ON links (span);
  CREATE TABLE logs (
    id INTEGER PRIMARY KEY, resource INTEGER NOT NULL, scope INTEGER NOT NULL, size INTEGER NOT NULL,
    trace_id TEXT, operation_id TEXT, time INTEGER NOT NULL, data TEXT NOT NULL
  );
  CREATE INDEX logs_trace ON logs (trace_id) WHERE trace_id IS NOT NULL;
  CREATE INDEX logs_operation ON logs (operation_id) WHERE operation_id IS NOT NULL;
  CREATE TABLE points (
    id INTEGER PRIMARY KEY, resource INTEGER NOT NULL, scope INTEGER NOT NULL, size INTEGER NOT NULL,
    metric INTEGER NOT NULL, time INTEGER NOT NULL, data TEXT NOT NULL
  );
  PRAGMA user_version = ${VERSION};
  PRAGMA application_id = ${APPLICATION_ID};
`

/**
 * Opens the database: in memory, or in `file`, which only its owner may read. Throws one clear Error where the
 * file is not ours, or another viewer has it open.
 */
export function openDatabase(file: string | undefined): DatabaseSync {
  if (file === undefined) {
    const db = new DatabaseSync(':memory:')
    db.exec(SCHEMA)
    return db
  }
  let db: DatabaseSync | undefined
  try {
    closeSync(openSync(file, 'a', 0o600))
    db = new DatabaseSync(file)
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0')
    const version = pragma(db, 'user_version')
    const empty = version === 0 && pragma(db, 'application_id') === 0 && pragma(db, 'schema_version') === 0
    if (!empty && (version !== VERSION || pragma(db, 'application_id') !== APPLICATION_ID)) {
      throw new Error('it is not a file of this version of the viewer')
    }
    // The journal is kept small: it counts towards what the viewer takes on disk.
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304; BEGIN IMMEDIATE; COMMIT',
    )
    if (empty) {
      chmodSync(file, 0o600)
      db.exec(`BEGIN; ${SCHEMA}; COMMIT`)
    }
    return db
  } catch (cause) {
    db?.close()
    throw new Error(
      `cannot keep telemetry in ${file}: ${reasonOf(cause)}. Name another file, or none to keep it in memory.`,
      { cause },
    )
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
}

function reasonOf(cause: unknown): string {
  const { message } = cause as Error
  return message === 'database is locked' ? 'another viewer has it open' : message
}
