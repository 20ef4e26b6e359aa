/** The composition root: reads the configuration, makes the rooms, hands them to each other as ports, starts and stops them in order. */
import './interpret-schemas.ts' // first: it rules how all that follow make their schemas
import { join } from 'node:path'
import { OWN_FOLDER, readConfig, sayPassedOver } from '#config'
import { LughError, errorText, sayError } from '#core'
import { runMcp, runVerb } from '#cli'
import { startDetached } from '#sandbox'
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
    // A client starts `lugh mcp` wherever it stands; the Lugh it starts stands in its own folder.
    const config = verb === 'mcp' ? readConfig(undefined, { cwd: OWN_FOLDER, own: OWN_FOLDER }) : readConfig()
    // What a running Lugh is asked depends on nothing but its home.
    const matters = verb === 'start' || verb === 'migrate' || config.passedOver?.names.includes('LUGH_HOME') === true
    const passedOver = matters ? sayPassedOver(config) : undefined
    if (passedOver !== undefined) complain(passedOver)
    if (verb === 'start') await run(config)
    else if (verb === 'mcp') process.exit(await speakMcp(config))
    else if (verb === 'migrate') await migrateOnly(config, print)
    else process.exitCode = await runVerb(config.home, [verb, ...words], { out: print, err: complain })
  } catch (error) {
    complain(error instanceof LughError ? error.say : `${sayError(error)}\n${errorText(error)}`)
    process.exit(1)
  }
}

/** MCP on stdin and stdout, by the Lugh of this home; one that is needed and does not run is started for good. */
function speakMcp(config: ReturnType<typeof readConfig>): Promise<number> {
  const log = join(config.home, 'console.log')
  const start = (): void => {
    complain(`No Lugh runs on ${config.home}: starting one. What it prints is in ${log}.`)
    startDetached([process.execPath, '--max-semi-space-size=2', join(OWN_FOLDER, 'bin', 'lugh.js'), 'start'], OWN_FOLDER, log)
  }
  const token = config.mcp.token === undefined ? {} : { token: config.mcp.token }
  return runMcp({ home: config.home, ...token, start, input: process.stdin, output: process.stdout, err: complain })
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
