// The configuration file. Read only where one is named: it brings a YAML parser.
import { basename } from 'node:path'
import type { Env } from '@waybill/core/env'
import { mapModel, SDK_SECTIONS } from './file/model.ts'
import { mapOwn } from './file/own.ts'
import { parseFile } from './file/parse.ts'
import { Walk, type FileInstrumentations, type Settled } from './file/walk.ts'
import { knownVariables } from './misspelt.ts'
import type { Options } from './options.ts'
import type { FileValues, Given, Problem } from './reader.ts'
import { OPTIONS, type Row } from './table.ts'

/** What a configuration file says. */
export interface ConfigFile extends FileValues {
  readonly instrumentations: readonly FileInstrumentations[]
  readonly problems: readonly Problem[]
  /** Where a part of it stands, for people; undefined where it could not be read. */
  readonly place: ((path: string) => string) | undefined
  /** `options` with what no variable can say: samplers in samplers, views, attributes of other types. */
  complete(options: Options): Options
}

/**
 * Read the file that `named` names. https://opentelemetry.io/docs/specs/otel/configuration/data-model/
 * One that cannot be read is a problem, and says nothing: the environment counts. In one that can, each
 * part that cannot be understood is a problem, and the rest counts.
 */
export function readConfigFile(named: Given, env: Env): ConfigFile {
  const walk = new Walk(basename(named.text))
  const parsed = parseFile(named.text, env)
  if ('problem' in parsed) {
    walk.problems.push({
      code: 'WAYBILL_BAD_FILE',
      given: named,
      wrong: { is: parsed.problem },
      used: 'the environment',
    })
    return valuesOf(walk, false, {
      instrumentations: [],
      place: undefined,
      complete: (options) => options,
    })
  }
  const { model, variables } = parsed
  const whole = SDK_SECTIONS.some((section) => section in model)
  const settled: Settled = {}
  mapModel(walk, model, settled, env)
  mapOwn(walk, model, settled)
  if (whole) reportUnused(walk, env, variables)
  return valuesOf(walk, whole, {
    instrumentations: settled.instrumentations ?? [],
    place: (path) => walk.from(path),
    complete: (options) => complete(options, settled),
  })
}

function valuesOf(
  { byVariable, byPath, problems }: Walk,
  whole: boolean,
  rest: Pick<ConfigFile, 'instrumentations' | 'place' | 'complete'>,
): ConfigFile {
  return { byVariable, byPath, problems, whole, ...rest }
}

/** The specification: with a file, variables count only where the file names them. */
function reportUnused(walk: Walk, env: Env, named: ReadonlySet<string>): void {
  const still = new Set<string>()
  for (const row of Object.values<Row>(OPTIONS)) {
    if (row.always || row.elsewhere || row.file !== undefined) still.add(row.env)
    for (const other of row.also ?? []) if (row.always) still.add(other)
  }
  const unused = [...knownVariables()].filter(
    (name) => env[name]?.trim() && !still.has(name) && !named.has(name) && !walk.environment.has(name),
  )
  if (unused.length === 0) return
  const is = `${unused.length === 1 ? 'is' : 'are'} not read, because the file counts (a file reads it where it says \${${unused[0]}})`
  walk.problems.push({
    code: 'WAYBILL_BAD_FILE',
    given: { text: '', from: unused.join(', ') },
    wrong: { is },
    used: 'the file',
  })
}

function complete(options: Options, settled: Settled): Options {
  return {
    ...options,
    disabled: options.disabled || settled.disabled === true,
    sampling: {
      ...options.sampling,
      ...(settled.sampler && { sampler: settled.sampler }),
      ...(settled.rules && { rules: settled.rules }),
      ...(options.sampling.keep && { keep: { ...settled.keep, ...options.sampling.keep } }),
    },
    traceIds: settled.traceIds ?? options.traceIds,
    metrics: { ...options.metrics, views: settled.views ?? [] },
    resourceAttributes: settled.resourceAttributes ?? {},
    serviceName: text(settled.resourceAttributes?.['service.name']) ?? options.serviceName,
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
