// One file, since the sampler and the stage before the exporter must agree on what is held.
export { KeepProcessor } from './keep.ts'
export { createSampler } from './samplers/create.ts'
