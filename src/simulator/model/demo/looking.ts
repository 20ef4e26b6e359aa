/** What the scripted model says of pictures. It cannot see, and says so; what it proposes are wishes that it can carry out on the sample project. */
import type { Conversation } from '../conversation.ts'
import { call, type ScriptedAnswer } from '../script.ts'

const TOOL = 'describe_pictures'

/** Whether this is the question what pictures show. */
export function isLooking({ tools }: Pick<Conversation, 'tools'>): boolean {
  return tools.includes(TOOL)
}

/** Takes the caption's word for what it is, and a sketch for everything else. */
export function describePictures({ wish }: Pick<Conversation, 'wish'>): ScriptedAnswer {
  const caption = /The person's caption: ([^]*)$/.exec(wish)?.[1] ?? ''
  const kinds = ['screenshot', 'notes', 'diagram', 'code', 'sketch'] as const
  const kind = kinds.find((one) => caption.toLowerCase().includes(one)) ?? 'sketch'
  const about = 'I play scripts and cannot see, so I take this for a sketch of the shop; with a real model this line says what the picture shows.'
  return {
    calls: [
      call(TOOL, {
        kind,
        about,
        tasks: [
          'Add a dark mode to the page',
          'Fix the rounding bug in the cart total',
          'Add a test for the discount code',
          'Write a friendlier README',
        ],
      }),
    ],
  }
}
