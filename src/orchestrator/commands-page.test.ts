/** docs/commands.md is written from the registry, so that no page promises what is not there. `vitest -u` writes it anew. */
import { expect, test } from 'vitest'
import { capabilities } from './registry.ts'

const HEAD = `# Commands

Everything that can be typed in the chat, as \`/help\` knows it; \`/help COMMAND\` shows the same on the phone. Whatever has a button or a few plain
words of its own needs no command. Who may use which is in [permissions.md](permissions.md). From a terminal: \`npx lugh help\`.
`

/** A bar would end the cell. */
const cell = (words: string): string => words.replaceAll('|', String.raw`\|`).replaceAll(/\s+/gu, ' ')

test('docs/commands.md lists every command there is, with what it is for', async () => {
  const rows = capabilities.flatMap(({ describe, doors: { telegram } }) =>
    'none' in telegram || telegram.usage === undefined
      ? []
      : [`| \`${cell(telegram.usage)}\` | ${cell(describe)} | ${telegram.example === undefined ? '' : `\`${cell(telegram.example)}\``} |`],
  )
  expect(rows.length).toBeGreaterThan(40)
  const page = `${HEAD}\n| command | what for | example |\n| --- | --- | --- |\n${rows.toSorted().join('\n')}\n`
  await expect(page).toMatchFileSnapshot('../../docs/commands.md')
})
