/** The only room that knows base, store and workshop. Others see the port, the function that makes it, and the sample project. */
export { createGit } from './create-git.ts'
export type { GitOptions } from './create-git.ts'
export { clashOf } from './hunks.ts'
export * from './port.ts'
export { createSampleRepository } from './sample/sample.ts'
