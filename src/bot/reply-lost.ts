/** What a message says when the one it was to answer is gone: it comes all the same, and nobody has to wonder what about. */
export const REPLY_LOST = '↩️ (the message this answers is gone)'
