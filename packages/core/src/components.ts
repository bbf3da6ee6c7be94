/** Parts of a pipeline whose spans can be turned off by configuration; `logs` are log records. */
export type Component =
  | 'listener'
  | 'condition'
  | 'action'
  | 'cache'
  | 'checkpoint'
  | 'dead_letter'
  | 'kafka_produce'
  | 'kafka_consume'
  | 'logs'

const OFF = Symbol.for('waybill.components_off')
/** On `globalThis`: the distribution, which reads the configuration, has a copy of this package of its own. */
const shared = globalThis as { [OFF]?: ReadonlySet<Component> }

/** From now on these make no spans; all others do. */
export function turnOffComponents(components: Iterable<Component>): void {
  shared[OFF] = new Set(components)
}

export function isComponentOff(component: Component): boolean {
  return shared[OFF]?.has(component) === true
}
