/** A question to a person carries its own id, in the data of its Cancel button: it is known again even where its message's number was never written down. */

const PREFIX = 'x:'
const MARK = /^x:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/

/** The data of a question's Cancel button. */
export function promptMark(promptId: string): string {
  return PREFIX + promptId
}

/** Whether a button's data speaks of a question at all, be it one of ours or not. */
export function isPromptMark(data: string): boolean {
  return data.startsWith(PREFIX)
}

/** The question that a button's data speaks of; undefined for any other data. */
export function promptOfMark(data: string): string | undefined {
  return MARK.exec(data)?.[1]
}
