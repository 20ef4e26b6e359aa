/** The tool that asks the person. It is never run: the question becomes a row, and the answer comes back as its result. */
import { LughError } from '#core'
import { z } from 'zod'
import { defineTool, line } from './tool.ts'

/** Options fit on buttons, one under the other. */
const OPTIONS_MAX = 6
const Input = z.object({
  text: z.string().trim().min(1).max(1000).describe('The question, short enough for a phone.'),
  options: z
    .array(z.string().trim().min(1).max(80))
    .max(OPTIONS_MAX)
    .default([])
    .describe('Answers to choose from; another answer can always be typed.'),
  safe: z.string().trim().optional().describe('The one of the options that does no harm: it may be taken when nobody answers for long.'),
})

export const askPerson = defineTool({
  name: 'ask_person',
  description: 'Asks the person one question and waits, which can take hours. Only for what you cannot find out or decide yourself.',
  input: Input,
  call: ({ text, options, safe }) => ({
    kind: 'question',
    line: line(`ask: ${text}`),
    text,
    options: [...new Set(options)],
    // What is none of the options was never shown, so it is never taken.
    ...(safe !== undefined && options.includes(safe) ? { safe } : {}),
  }),
  run: () => Promise.reject(new LughError('internal', 'A question is answered by a person, not by a tool.')),
})
