/** Slash commands: `/name@bot words` → a capability. Knows no command itself; the registry does. */
import { actOn, callerOf, telegramDoor, type Acted, type Handling } from './act.ts'
import { postNearest } from './own-card.ts'

export type Command = { readonly name: string; readonly mention?: string; readonly words: string }

/** A path such as `/home/me/x` is no command: after the name comes white space, `@`, or the end. */
const COMMAND = /^\/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]+))?(?:\s+([\s\S]*))?$/

/** The command a text is, or undefined. */
export function parseCommand(text: string): Command | undefined {
  const [, name, mention, words = ''] = COMMAND.exec(text) ?? []
  if (name === undefined) return undefined
  return { name: name.toLowerCase(), ...(mention === undefined ? {} : { mention }), words: words.trim() }
}

/** Runs the command; undefined when it is unknown and the nearest ones were offered instead. Throws as `actOn`. */
export async function runCommand(handling: Handling, command: Command): Promise<Acted | undefined> {
  const { ports } = handling.context
  const resolved = ports.resolveCommand(command.name, command.words)
  const door = resolved === undefined ? undefined : telegramDoor(resolved.capability)
  if (resolved !== undefined && door !== undefined)
    return actOn(handling, resolved.capability.name, door.parse === undefined ? {} : door.parse(resolved.words, callerOf(handling)))
  await postNearest(handling, command.name, command.words)
  return undefined
}
