/** For acts that are handed a git and facts they never look at. */
import { LughError } from '#core'
import type { Git } from '#git'
import { pricesOf } from '#models'
import type { Facts } from '#orchestrator'

const refuse = (): never => {
  throw new LughError('internal', 'there is no git in this test')
}

export const NO_GIT: Git = {
  version: refuse,
  addRepository: refuse,
  removeRepository: refuse,
  fetch: refuse,
  readFile: refuse,
  search: refuse,
  fileAt: refuse,
  names: refuse,
  tipOf: refuse,
  author: refuse,
  createWorktree: refuse,
  removeWorktree: refuse,
  sweep: refuse,
  mounts: refuse,
  snapshot: refuse,
  keepForDryRun: refuse,
  endDryRun: refuse,
  treeOf: refuse,
  diff: refuse,
  keepHunks: refuse,
  applyPatch: refuse,
  merge: refuse,
  materialise: refuse,
  planLanding: refuse,
  commit: refuse,
  land: refuse,
  checkpoints: {
    saveWorktree: refuse,
    keep: refuse,
    list: refuse,
    read: refuse,
    held: refuse,
    differing: refuse,
    historySince: refuse,
    dropBundle: refuse,
    withFile: refuse,
    commitsBetween: refuse,
    stat: refuse,
    verify: refuse,
    writeBundle: refuse,
    takeBundle: refuse,
    bytesOf: refuse,
    collect: refuse,
  },
}

export const FACTS: Facts = {
  version: '0',
  home: 'test',
  store: 'embedded',
  engine: 'none',
  engines: new Map(),
  model: 'none',
  mode: 'ask',
  pictures: 'off',
  sandbox: 'none',
  prices: pricesOf(),
  simulated: true,
}
