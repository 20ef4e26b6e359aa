/** What a few plain sentences mean without a model: only whole messages that can hardly be a wish, and only what changes nothing without a tap. Pure. */

export type PlainWords = { readonly capability: string; readonly input: Record<string, unknown> }

/** A name is a few words; a longer sentence about checkpoints is work for an agent. */
const NAME_WORDS = 6
const CHECKPOINT =
  /^(?:(?:please )?(?:make|take|save) (?:a |me a )?)?checkpoint(?:(?:,|:)? ((?:before|after|for) .+)|(?:,|:)? (?:named|called) (.+)|: ?(.+))?$/iu
const BACK = /^(?:please )?(?:restore|(?:go )?back to) (?:checkpoint )?c(\d{1,9})$/iu

/** `checkpoint before stripe` and `back to C7`; undefined for everything else, which is a wish. */
export function plainWords(text: string): PlainWords | undefined {
  const said = text.trim().replace(/[.!]+$/u, '')
  const [, back] = BACK.exec(said) ?? []
  if (back !== undefined) return { capability: 'restore_checkpoint', input: { checkpoint: Number(back) } }
  const found = CHECKPOINT.exec(said)
  if (found === null) return undefined
  const name = (found[1] ?? found[2] ?? found[3])?.trim()
  if (name === undefined) return { capability: 'create_checkpoint', input: {} }
  return name.split(/\s+/u).length > NAME_WORDS ? undefined : { capability: 'create_checkpoint', input: { name } }
}
