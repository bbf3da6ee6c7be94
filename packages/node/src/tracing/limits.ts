import type { TracerProvider } from '@opentelemetry/sdk-trace'

/** https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits */
export type GivenLimits = NonNullable<
  NonNullable<ConstructorParameters<typeof TracerProvider>[0]>['spanLimits']
>
export type Limits = { readonly [Name in keyof GivenLimits]-?: number }

/** The defaults of the specification for what is not given. */
export function limitsOf(given: GivenLimits = {}): Limits {
  return {
    attributeCountLimit: given.attributeCountLimit ?? 128,
    // 0 and below say nothing.
    attributeValueLengthLimit:
      (given.attributeValueLengthLimit ?? 0) > 0 ? given.attributeValueLengthLimit! : Infinity,
    eventCountLimit: given.eventCountLimit ?? 128,
    linkCountLimit: given.linkCountLimit ?? 128,
    attributePerEventCountLimit: given.attributePerEventCountLimit ?? 128,
    attributePerLinkCountLimit: given.attributePerLinkCountLimit ?? 128,
  }
}
