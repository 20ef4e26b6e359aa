/** Files on the phone: what a person asks for, and what an agent sends; and what never leaves, for either of them. */
import { join } from 'node:path'
import { call } from '#simulator'
import { expect, test } from 'vitest'
import { addProject, reviewOf, sees, wish } from '../support/desk.ts'
import { calls, play, says, writes } from '../support/plays.ts'
import { makeRepository } from '../support/repositories.ts'
import { describeSideBySide, withSystem } from '../support/system.ts'

const sends = (path: string, note = '') => call('send_file', { path, note })
const road = play(
  'Write a report',
  calls(writes('out/report.md', '# Report\n\nAll is well.\n'), writes('build.log', 'built\n'), writes('.env', 'KEY=1\n')),
  calls(sends('out/report.md', 'the report'), sends('build.log'), sends('.env'), sends('../outside.txt'), sends('nothing.txt')),
  says('Sent.'),
)

describeSideBySide('files to the phone', (store) => {
  test('an agent sends a report, a person asks for files of the task and of the branch, and no key file leaves', async () => {
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'), { 'src/total.js': 'export const total = 1\n', '.gitignore': '*.log\n.env\n' })
      const you = system.person()
      await addProject(you, path)
      const task = await wish(you, 'Write a report')
      const report = await sees(you, /out\/report\.md · 23 bytes/)
      expect({ name: report.media?.file.name, text: report.text }).toEqual({
        name: 'report.md',
        text: expect.stringContaining(`T${task.number} sent this\nthe report\n# Report`),
      })
      await sees(you, /build\.log · 6 bytes/)
      await reviewOf(you, task)
      const told = JSON.stringify(system.model.requests.at(-1)?.request)
      expect(['keeps keys', 'is outside the project', 'nothing.txt does not exist'].filter((words) => !told.includes(words))).toEqual([])

      you.say(`/file T${task.number} report.md`)
      await sees(you, new RegExp(`out/report\\.md · 23 bytes\\nT${task.number}, as it is now`))
      you.say('/file total.js')
      const file = await sees(you, /src\/total\.js · 23 bytes\nshop, main/)
      expect(file.media?.file.name).toBe('total.js')
      const refused = { 'build.log': 'There is no build.log there.', '.env': 'keeps keys', '../x': 'is no path in the project', src: 'is a folder' }
      for (const [asked, words] of Object.entries(refused)) {
        you.say(`/file T${task.number} ${asked}`)
        await sees(you, words)
      }
    })
  })
})
