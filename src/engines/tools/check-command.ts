/** The tool that looks at a command in the background, waits for it, or ends it. It starts nothing. */
import { z } from 'zod'
import { defineTool, line } from './tool.ts'

const SECOND = 1000
/** Longest wait of one look; a longer one is another look. */
const WAIT_MAX_S = 120

const Input = z.object({
  id: z.string().min(1).max(40).describe('As run_command answered it.'),
  wait_s: z.number().int().min(0).max(WAIT_MAX_S).default(0).describe('Seconds to wait for its end. Default 0.'),
  stop: z.boolean().default(false).describe('End it.'),
})

export const checkCommand = defineTool({
  name: 'check_command',
  description: 'Answers what a command in the background has printed since the last look, and whether it still runs; can wait for it or end it.',
  input: Input,
  call: ({ id, stop }) => ({ kind: 'read', line: line(`${stop ? 'end' : 'look at'} command ${id}`) }),
  run: ({ id, wait_s: seconds, stop }, context) => (stop ? context.background.stop(id) : context.background.look(id, seconds * SECOND)),
})
