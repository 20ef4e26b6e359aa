/** What a person is asked about, as a row: measured by Lugh from git objects, bound by a digest. Writes nothing. */
import { ChangeId, countHidden, keysInPatch, type ObjectName } from '#core'
import type { ChangePart, NewChange, Project, Task, TestResult, Worktree } from '#db'
import type { Diff } from '#git'
import { changeDigest, commitMessage } from '../change-digest.ts'
import type { Machinery } from '../machinery.ts'
import type { Settings } from '../project-settings.ts'

export type Proposal = {
  project: Project
  worktree: Worktree
  settings: Settings
  base: ObjectName
  baseTree: ObjectName
  tree: ObjectName
  part: ChangePart | null
}

/** The change as Lugh measured it. */
export function describeChange(m: Machinery, task: Task, p: Proposal, diff: Diff, plan: NewChange['landingPlan'], tests: TestResult): NewChange {
  const bound = {
    taskId: task.id,
    targetRef: `refs/heads/${p.settings.target}`,
    baseCommit: p.base,
    baseTree: p.baseTree,
    tree: p.tree,
    landingPlan: plan,
  }
  return {
    ...bound,
    id: ChangeId.parse(m.ids.uuid()),
    digest: changeDigest(bound, p.project, commitMessage(task)),
    files: diff.files.map((file) => ({ ...file })),
    insertions: diff.insertions,
    deletions: diff.deletions,
    diffBytes: diff.patchBytes,
    hiddenCharacters: countHidden(diff.patch),
    keys: keysInPatch(diff.patch),
    problems: diff.problems.map((problem) => ({ ...problem })),
    summary: task.summary ?? '',
    tests,
    part: p.part,
    notice: p.settings.problem ?? null,
  }
}
