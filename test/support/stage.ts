/** A world and a loopback server that serves nothing but its phone page, for tests of the page. */
import { createServer } from 'node:http'
import { createPage, type PageOptions } from '../../src/simulator/page/create-page.ts'
import { createWorld } from '../../src/simulator/world.ts'

export const KEY = 'k'.repeat(32)

export type Stage = Awaited<ReturnType<typeof openStage>>

/** A world and a server on a free loopback port that serves its page. */
export async function openStage(options: Partial<PageOptions> = {}) {
  const world = options.world ?? createWorld({ users: [{ id: 1001, firstName: 'Ada', languageCode: 'en' }] })
  let port = 0
  const page = createPage({ commands: () => COMMANDS, ...options, world, key: KEY, port: () => port })
  const server = createServer((request, response) => {
    if (!page(request, response)) response.writeHead(404).end('not the page')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address === 'object' && address !== null) port = address.port
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { world, port, origin: `http://127.0.0.1:${port}`, server, close }
}

const COMMANDS = [
  { command: 'new', description: 'Start a task' },
  { command: 'status', description: 'What is going on' },
  { command: 'inbox', description: 'What waits for you' },
  { command: 'tasks', description: 'All tasks' },
  { command: 'stop', description: 'Stop a task, or all' },
  { command: 'diff', description: 'What a task would change' },
  { command: 'undo', description: 'Take the last merge back' },
  { command: 'help', description: 'All commands, with examples' },
]
