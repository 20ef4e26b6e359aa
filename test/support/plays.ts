/** What the scripted model plays in system tests. A play is chosen by words of the wish, so that many tasks share one model. */
import { call, type Conversation, type Script, type ScriptedAnswer, type ScriptedCall, type Turn } from '#simulator'

/** Plays these turns, one an answer, for every wish that holds the words. */
export function play(words: string, ...turns: readonly Turn[]): Script {
  return { name: words, match: (conversation) => conversation.wish.includes(words), turns }
}

/** An answer that calls tools. */
export function calls(...list: readonly ScriptedCall[]): ScriptedAnswer {
  return { calls: list }
}

export function writes(path: string, content: string): ScriptedCall {
  return call('write_file', { path, content })
}

export function runs(command: string, why = 'to see what it does'): ScriptedCall {
  return call('run_command', { command, why, timeout_s: 600 })
}

export function asks(text: string, options: readonly string[] = []): ScriptedCall {
  return call('ask_person', { text, options })
}

export function says(text: string): ScriptedAnswer {
  return { say: text }
}

/** Everything the model has been told in this conversation but for its own calls' results: wishes, comments, answers. */
export function heard(conversation: Conversation): string {
  return conversation.rounds.flatMap(({ request, steers }) => [request, ...steers]).join('\n')
}

/** One play for any number of tasks: "Add file 07" makes `files/07.txt`. */
export const numberedFiles: Script = {
  name: 'numbered files',
  match: ({ wish }) => /^Add file \d+$/m.test(wish),
  turns: ({ wish, calls: done }) => {
    const number = /^Add file (\d+)$/m.exec(wish)?.[1] ?? '?'
    return done.length === 0 ? calls(writes(`files/${number}.txt`, `This is file ${number}.\n`)) : says(`Added file ${number}.`)
  },
}
