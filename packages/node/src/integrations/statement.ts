/**
 * The option `statement` of database instrumentations, whose own option is a function: `none` of the statement,
 * the `command` alone, or all of it with its values (`full`).
 */
export function withStatement(config: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { statement, ...rest } = config
  if (statement === 'none') return { ...rest, dbStatementSerializer: () => '' }
  if (statement === 'command') return { ...rest, dbStatementSerializer: commandOf }
  return statement === 'full' ? { ...rest, dbStatementSerializer: everything } : rest
}

/** redis: the command's name. mongodb, mongoose: the operation's. */
function commandOf(command: unknown): string {
  return typeof command === 'object' && command !== null ? (Object.keys(command)[0] ?? '') : String(command)
}

/** Longer statements are cut: they come from the app's users. */
const LONGEST = 4096

function everything(command: unknown, args?: unknown): string {
  try {
    const text = Array.isArray(args)
      ? [command, ...(args as unknown[])].map(String).join(' ')
      : JSON.stringify(args ?? command)
    return text.slice(0, LONGEST)
  } catch {
    return commandOf(command)
  }
}
