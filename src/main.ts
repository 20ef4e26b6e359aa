/** The composition root: reads the configuration, makes the rooms, hands them to each other as ports, starts and stops them in order. */
import './interpret-schemas.ts' // first: it rules how all that follow make their schemas
import { readConfig } from '#config'
import { LughError, errorText, sayError } from '#core'
import { runVerb } from '#cli'
import { migrateOnly } from './start/migrate-only.ts'
import { startLugh } from './start/start-lugh.ts'

const print = (text: string): boolean => process.stdout.write(`${text}\n`)
const complain = (text: string): boolean => process.stderr.write(`${text}\n`)

/** `lugh start`, `lugh migrate`, or a capability's verb asked of the running Lugh. Sets the exit code; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const [verb = 'start', ...words] = argv
  // Whoever read along may have gone (`lugh start | head`): no reason to end, least of all in the middle of stopping in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  try {
    const config = readConfig()
    if (verb === 'start') await run(config)
    else if (verb === 'migrate') await migrateOnly(config, print)
    else process.exitCode = await runVerb(config.home, [verb, ...words], { out: print, err: complain })
  } catch (error) {
    complain(error instanceof LughError ? error.say : `${sayError(error)}\n${errorText(error)}`)
    process.exit(1)
  }
}

/** Runs until a signal comes, also one that comes while it starts; a second signal ends at once. */
async function run(config: ReturnType<typeof readConfig>): Promise<void> {
  const starting = startLugh(config, { print, complain })
  let stopping = false
  const stop = (): void => {
    if (stopping) process.exit(1)
    stopping = true
    print('Stopping…')
    // A start that fails ends the process itself.
    void starting
      .then((lugh) => lugh.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  await starting
}
