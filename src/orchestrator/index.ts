export * from './capability.ts'
