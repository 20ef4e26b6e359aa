/** What the generator of the Bot API schema reads: the parameters of every method, and what the bot is told. Types only. */
import type { ApiMethods, Message, Update } from '@grammyjs/types'

/** What a file is in a request: `attach://name` of a part, a file_id or a URL. All of them are strings on the wire. */
export type InputFileMarker = { readonly marker: 'InputFile' }

export type Methods = { [M in keyof ApiMethods<InputFileMarker>]: Parameters<ApiMethods<InputFileMarker>[M]>[0] }

export type Answers = { update: Update; message: Message }
