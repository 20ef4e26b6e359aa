/** Applies parts of a change by `git apply`, for tests that compare: cuts git's own patch by a reading of its own, and shares nothing with what ships. */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { ObjectName } from '#core'
import type { Picked } from '../port.ts'
import { printed } from './scene.ts'
import type { Scene } from './scene.ts'

/** The tree that `git apply` makes of `base` with the kept pieces. Throws when git refuses them. */
export function keepParts(scene: Scene, base: ObjectName, next: ObjectName, picked: readonly Picked[]): ObjectName {
  const store = `--git-dir=${scene.places.store}`
  const diff = ['-c', 'core.quotePath=false', store, 'diff-tree', '-r', '-p', '-M', '--binary', '--full-index', base, next]
  const files = printed(scene.theirs, diff).split(/^(?=diff --git )/m)
  const patch = entries(files)
    .map((file, at) =>
      cut(
        file,
        picked.filter((one) => one.file === at),
      ),
    )
    .join('')
  const index = join(scene.root, `${randomBytes(4).toString('hex')}.index`)
  const git = (args: readonly string[], input: string | Uint8Array = ''): string => printed(scene.theirs, [store, ...args], input, index).trim()
  git(['read-tree', base])
  if (patch !== '') git(['apply', '--cached', '--whitespace=nowarn', '-'], Buffer.from(patch, 'latin1'))
  const tree = ObjectName.parse(git(['write-tree']))
  rmSync(index, { force: true })
  return tree
}

/** A link that was a file is printed as two entries of one path. */
function entries(files: readonly string[]): string[] {
  const whole: string[] = []
  for (const file of files) {
    const first = (text: string | undefined): string => text?.split('\n')[0] ?? ''
    if (first(whole.at(-1)) === first(file)) whole.push(`${whole.pop() ?? ''}${file}`)
    else whole.push(file)
  }
  return whole
}

function cut(file: string, picked: readonly Picked[]): string {
  if (picked.every(({ keep }) => keep)) return file
  if (picked.every(({ keep }) => !keep)) return ''
  const at = file.search(/^@@ /m)
  const head = file.slice(0, at)
  const isHeadKept = picked.some(({ hunk, keep }) => hunk === 0 && keep)
  const hasHead = picked.some(({ hunk }) => hunk === 0)
  let shift = 0
  const hunks = file
    .slice(at)
    .split(/^(?=@@ )/m)
    .flatMap((hunk, n) => {
      const [, from = '', old = '1', , added = '1'] = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(hunk) ?? []
      if (picked.find((one) => one.hunk === n + 1)?.keep !== true) return []
      // Where it would begin on the new side if the dropped ones before it were never made.
      const to = Number(from) + shift + (old === '0' ? 1 : 0) - (added === '0' ? 1 : 0)
      shift += Number(added) - Number(old)
      return [hunk.replace(/^@@ .*? @@/, `@@ -${from},${old} +${to},${added} @@`)]
    })
  const header = (hasHead && !isHeadKept ? asBefore(head) : head).replace(/^index .*\n/m, '')
  return `${hunks.length === 0 ? header.replace(/^--- [\s\S]*/m, '') : header}${hunks.join('')}`
}

/** The header without the new name and mode. */
function asBefore(head: string): string {
  const old = /^--- (.*)$/m.exec(head)?.[1] ?? ''
  const both = [old, old.replace(/^("?)a\//, '$1b/')]
  return `diff --git ${both.map((name) => name.replace(/\t$/, '')).join(' ')}\n--- ${old}\n+++ ${both[1]}\n`
}
