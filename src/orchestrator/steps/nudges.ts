/** What Lugh itself says to an agent whose answer cannot stand as it is. No words of a person. */
export const CUT_OFF = 'Your last answer was cut off by the output limit. Go on in smaller pieces.'
export const EMPTY = 'Your last answer was empty. Go on, or say in a sentence what you did.'
export const NUDGES: readonly string[] = [CUT_OFF, EMPTY]
/** Said once when an agent goes in circles or stands still, before a person is asked. */
export const STUCK =
  'You are going in circles: the same steps lead to the same outcome again and again. Step back, say in a sentence what does not work, and try something else; if you cannot go on without the person, ask_person.'
/** Said after a person was asked about it; their answer stands behind it. */
export const STILL_STUCK = 'You went on in circles, so the person was asked. They answered: '
/** The result of what was asked, when nobody answered and the agent shall go on without. */
export const LATER =
  'Nobody has answered yet, so this was not done. Go on with everything that does not need it, and do not ask for it again: you are told when the answer comes. If nothing is left to do without it, finish and say what is missing.'
export const NOBODY = 'Nobody answered'
/** The same where nobody answered. */
export const STILL_ALONE = 'You went on in circles, so the person was asked, and nobody answered. Do this: '
/** What stands among a person's words in a transcript and is none of theirs. */
export const NOT_SAID: readonly string[] = [...NUDGES, STUCK]
