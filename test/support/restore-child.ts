/** One life of a way back as a process of its own, which is killed where its first argument (JSON) says. Prints `done` when it came to its end before that. */
import { armCrashPoint } from '#core'
import { openDb } from '#db'
import { createGit } from '#git'
import { createSandbox } from '#sandbox'
import { Life, counting, live } from './restore-life.ts'
import { silent, TEST_PATH } from './sandbox.ts'

export type { Life }

const life = Life.parse(JSON.parse(process.argv[1] ?? ''))
if (life.at !== undefined) armCrashPoint(life.at)
const sandbox = await createSandbox({
  mode: 'required',
  home: life.home,
  host: { path: TEST_PATH, home: life.personHome, lang: 'C.UTF-8' },
  log: silent,
})
const dying = counting(sandbox, (before) => {
  if (before === life.dies?.command) setTimeout(() => process.kill(process.pid, 'SIGKILL'), life.dies.afterMs)
})
const git = createGit({ home: life.home, sandbox: dying, hostEnvironment: { home: life.personHome } })
const db = await openDb({ home: life.home, databaseUrl: life.databaseUrl, log: { ...silent, error: () => undefined } })
await live(db, git, life)
process.stdout.write('done\n')
await db.close()
await sandbox.close()
