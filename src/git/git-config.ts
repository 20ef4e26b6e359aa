/**
 * The two configuration files Lugh's git reads in place of the machine's: one for its own repositories, one that adds the
 * person's settings (credentials, filters). Files, because `-c` does not reach the upload-pack a fetch starts.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type GitConfigFiles = { readonly own: string; readonly person: string }

/** Repositories owned by another user are read on purpose, and nothing may tidy, watch or speak an odd protocol on its own. */
const ALWAYS = `[safe]
	directory = *
[gc]
	auto = 0
	autoDetach = false
[maintenance]
	auto = false
[core]
	fsmonitor = false
	untrackedCache = false
[protocol]
	version = 2
[protocol "ext"]
	allow = never
[fetch]
	writeCommitGraph = false
[advice]
	detachedHead = false
`

/** Attribute and exclude files of the machine must not change what Lugh sees. quotePath off: UTF-8 names stay readable in patches. */
const OWN = `${ALWAYS}[core]
	attributesFile = /dev/null
	excludesFile = /dev/null
	quotePath = false
[diff]
	ignoreSubmodules = all
`

/** Writes both files under `home` (LUGH_HOME); `personHome` is the home directory of the person Lugh runs for. */
export function writeGitConfig(home: string, personHome: string): GitConfigFiles {
  const folder = join(home, 'git')
  mkdirSync(folder, { recursive: true })
  const files = { own: join(folder, 'own.config'), person: join(folder, 'person.config') }
  writeFileSync(files.own, OWN)
  writeFileSync(files.person, `${include(join(personHome, '.config', 'git', 'config'))}${include(join(personHome, '.gitconfig'))}${ALWAYS}`)
  return files
}

/** A missing file is silently skipped by git; what follows an include wins over it. */
function include(path: string): string {
  return `[include]\n\tpath = "${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"\n`
}
