import { LughError, b, code, join, type Text } from '#core'
import { z } from 'zod'
import { capability, type Capability } from '../capability.ts'

const Entry = z.object({ usage: z.string(), describe: z.string(), example: z.string().optional() })

/** `/help` made from the registry itself, so that it never promises what is not there. */
export function helpFor(registry: () => readonly Capability[]): Capability {
  return capability({
    name: 'help',
    describe: 'What there is, or how one command is used.',
    input: z.object({ command: z.string().max(100).optional() }),
    output: z.object({ entries: z.array(Entry), one: z.boolean() }),
    kind: 'read',
    may: ['owner', 'approver', 'member', 'viewer'],
    doors: {
      telegram: {
        command: 'help',
        menu: true,
        usage: '/help [COMMAND]',
        example: '/help project',
        parse: (words) => (words.trim() === '' ? {} : { command: words.trim() }),
      },
      cli: { verb: 'help', usage: 'help [COMMAND]', parse: (argv) => (argv[0] === undefined ? {} : { command: argv.join(' ') }) },
      mcp: { none: 'tools/list says what there is' },
    },
    act: (_act, input) => {
      const all = registry().flatMap(entryOf)
      if (input.command === undefined) return Promise.resolve({ entries: all, one: false })
      const wanted = input.command.replace(/^\//u, '').toLowerCase()
      const entries = all.filter((entry) => entry.usage.slice(1).toLowerCase().startsWith(wanted))
      if (entries.length === 0) throw new LughError('not-found', `There is no command /${wanted.slice(0, 40)}. /help lists them.`)
      return Promise.resolve({ entries, one: true })
    },
    say: (o) =>
      o.one
        ? join(o.entries.map(inFull), '\n\n')
        : join([
            b('Write what you want done, or:'),
            ...o.entries.map(inShort),
            'Reply to a card to talk to its agent. /help COMMAND shows an example.',
          ]),
  })
}

function entryOf({ describe, doors }: Capability): z.infer<typeof Entry>[] {
  if ('none' in doors.telegram || doors.telegram.usage === undefined) return []
  const { usage, example } = doors.telegram
  return [{ usage, describe, ...(example === undefined ? {} : { example }) }]
}

function inShort(entry: z.infer<typeof Entry>): Text {
  return `${entry.usage} · ${entry.describe}`
}

function inFull(entry: z.infer<typeof Entry>): Text {
  return join([b(entry.usage), entry.describe, entry.example !== undefined && ['Example: ', code(entry.example)]])
}
