/**
 * Everything done to the workshop, each as one shell script behind the sandbox's walls: its hooks, its configuration and
 * its very directories are an agent's to write. A script may ruin the workshop, never anything outside its mounts.
 */
import { LughError } from '#core'
import type { Finished } from '#sandbox'
import type { Context } from './command.ts'
import { redact } from './failure.ts'
import { worktreeName } from './places.ts'
import type { Places } from './places.ts'
import { bornAt } from './this-life.ts'

/** A handful of file operations and one or two git commands; more time than this means that the workshop hangs. */
const SCRIPT_TIMEOUT_MS = 60_000
const SCRIPT_OUTPUT_BYTES = 64 * 1024

const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_COMMITTER_NAME: 'Lugh',
  GIT_COMMITTER_EMAIL: 'lugh@localhost',
  LC_ALL: 'C',
}

/** git with as little of the workshop's own will as can be. */
export const GIT = 'git -c safe.directory="*" -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0'

/**
 * Joins a checked-out directory to the workshop as a git worktree. `git worktree add` does the same in several writes, and
 * a kill between two of them leaves a worktree without a `commondir`, after which every `worktree` command and gc of the
 * whole repository fails; here the administrative directory is written aside and renamed into place. Its index comes by stdin.
 * $1 workshop, $2 worktree, $3 name, $4 branch, $5 commit, $6 base.git, $7 'keep' to leave a branch that is there.
 */
const ATTACH = `set -eu
w=$1 path=$2 name=$3 branch=$4 commit=$5 base=$6 keep=$7
new="$w/lugh-new-$name"
rm -rf "$new" "$w/worktrees/$name"
rm -f "$w/packed-refs.lock" "$w/config.lock" "$w/refs/heads/$branch.lock"
mkdir -p "$w/worktrees" "$new"
if [ -f "$base/shallow" ]; then cp "$base/shallow" "$w/lugh-shallow-$name" && mv "$w/lugh-shallow-$name" "$w/shallow"; fi
cat > "$new/index"
printf '../..\\n' > "$new/commondir"
printf '%s/.git\\n' "$path" > "$new/gitdir"
printf 'ref: refs/heads/%s\\n' "$branch" > "$new/HEAD"
if [ "$keep" != keep ] || ! ${GIT} --git-dir="$w" rev-parse -q --verify "refs/heads/$branch^{commit}" > /dev/null 2>&1; then
  ${GIT} --git-dir="$w" update-ref "refs/heads/$branch" "$commit"
fi
mv "$new" "$w/worktrees/$name"
rm -rf "$path/.git"
printf 'gitdir: %s/worktrees/%s\\n' "$w" "$name" > "$path/.git"
head=$(${GIT} -C "$path" rev-parse --verify 'HEAD^{commit}')
[ "$keep" = keep ] || [ "$head" = "$commit" ]
`

/** Is the worktree still joined? Clears the locks a killed git left in it (no agent runs in it meanwhile). $1 workshop, $2 worktree, $3 name. */
const CHECK = `set -eu
w=$1 path=$2 name=$3
rm -f "$w/worktrees/$name/index.lock" "$w/worktrees/$name/HEAD.lock"
[ -s "$w/worktrees/$name/commondir" ] && [ -s "$w/worktrees/$name/gitdir" ] && [ -s "$w/worktrees/$name/HEAD" ] && [ -f "$path/.git" ]
[ "$(cat "$path/.git")" = "gitdir: $w/worktrees/$name" ]
${GIT} -C "$path" rev-parse -q --verify 'HEAD^{commit}' > /dev/null
`

/** Leaves nothing of a worktree in the workshop, and nothing in its directory. $1 workshop, $2 name, $3 branch, $4 worktree or ''. */
const DETACH = `w=$1 name=$2 branch=$3 path=$4
rm -rf "$w/worktrees/$name" "$w/lugh-new-$name"
rm -f "$w/refs/heads/$branch.lock" "$w/packed-refs.lock"
${GIT} --git-dir="$w" update-ref -d "refs/heads/$branch"
rm -f "$w/refs/heads/$branch" "$w/logs/refs/heads/$branch"
if [ -n "$path" ]; then
  find "$path" -mindepth 1 -delete 2> /dev/null || { chmod -R u+rwX "$path"; find "$path" -mindepth 1 -delete; }
fi
exit 0
`

/**
 * Removes worktrees that point nowhere or at none of the live ones, half-made ones, and stale locks: all of them when no
 * worktree is live, otherwise those older than Lugh's process or than a minute (git holds them for milliseconds).
 * Prints one line for each. $1 workshop, $2 when Lugh's process began (seconds), then the live worktrees.
 */
const SWEEP = `w=$1 born=$2; shift 2
for entry in "$w"/worktrees/*; do
  [ -d "$entry" ] || continue
  at=''; [ -s "$entry/commondir" ] && [ -s "$entry/HEAD" ] && at=$(cat "$entry/gitdir" 2> /dev/null)
  keep=''
  for live in "$@"; do case "$at" in "$live/"*) keep=1 ;; esac; done
  [ -n "$keep" ] || { rm -rf "$entry" && printf 'removed worktree entry %s\\n' "\${entry##*/}"; }
done
for left in "$w"/lugh-new-* "$w"/lugh-shallow-*; do
  [ -e "$left" ] && rm -rf "$left" && printf 'removed %s\\n' "\${left##*/}"
done
stale=''; [ $# -gt 0 ] && stale=1
find "$w" -name '*.lock' -type f \${stale:+'(' -mmin +1 -o ! -newermt "@$born" ')'} -print -delete | while read -r lock; do printf 'removed stale lock %s\\n' "\${lock##*/}"; done
exit 0
`

export type Joined = {
  readonly path: string
  readonly branch: string
  readonly commit: string
  readonly index: Uint8Array
  readonly keepBranch: boolean
}

/** Joins the directory to the workshop. Answers false when the workshop will not have it (it is broken). */
export async function attach(context: Context, places: Places, joined: Joined): Promise<boolean> {
  const { path, branch, commit } = joined
  const args = [places.workshop, path, worktreeName(path), branch, commit, places.base, joined.keepBranch ? 'keep' : '']
  const result = await script(context, places, ATTACH, args, [path], joined.index)
  return result.exitCode === 0
}

/** Whether the worktree at `path` is still joined; also clears its stale locks. */
export async function isAttached(context: Context, places: Places, path: string): Promise<boolean> {
  return (await script(context, places, CHECK, [places.workshop, path, worktreeName(path)], [path])).exitCode === 0
}

/** Takes a worktree out of the workshop; with `emptied`, its directory (which must exist) is emptied too. */
export async function detach(context: Context, places: Places, worktree: { path: string; branch: string; emptied: boolean }): Promise<void> {
  const { path, branch, emptied } = worktree
  const args = [places.workshop, worktreeName(path), branch, emptied ? path : '']
  await script(context, places, DETACH, args, emptied ? [path] : [])
}

/** Clears the workshop of what belongs to no live worktree. Answers one line for each thing removed. */
export async function sweepWorkshop(context: Context, places: Places, live: readonly string[]): Promise<string[]> {
  const { stdout } = await script(context, places, SWEEP, [places.workshop, String(bornAt() / 1000), ...live], [])
  return stdout.split('\n').filter((line) => line !== '')
}

/** Empties a directory whose contents are hostile (and may be closed to their owner). */
export async function emptyHostile(context: Context, places: Places, directory: string): Promise<void> {
  const EMPTY = 'find "$1" -mindepth 1 -delete 2> /dev/null || { chmod -R u+rwX "$1"; find "$1" -mindepth 1 -delete; }'
  const result = await script(context, places, EMPTY, [directory], [directory])
  if (result.exitCode !== 0)
    throw new LughError('git.failed', 'An old working directory could not be removed.', { detail: `${directory}: ${result.stderr.slice(0, 500)}` })
}

/** Runs a script in the workshop, behind the walls. Throws when the disk is full; every other failure is an exit code. */
export async function script(
  context: Context,
  places: Places,
  text: string,
  args: readonly string[],
  writable: readonly string[],
  stdin?: Uint8Array,
): Promise<Finished> {
  const result = await context.sandbox.run({
    command: ['/bin/sh', '-c', text, 'lugh', ...args],
    cwd: places.workshop,
    writable: [places.workshop, ...writable],
    readable: [places.base],
    home: places.sandboxHome,
    env: ENVIRONMENT,
    stdin: stdin ?? '',
    limits: { timeoutMs: SCRIPT_TIMEOUT_MS, outputBytes: SCRIPT_OUTPUT_BYTES },
  })
  if (/No space left on device|Disk quota exceeded/i.test(result.stderr))
    throw new LughError('disk.full', 'The disk is full. Free some space on the machine, then try again.', {
      retryable: true,
      detail: redact(result.stderr.slice(0, 300)),
    })
  return result
}
