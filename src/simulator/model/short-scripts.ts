/** Short scripts as data, for tests of everything around the model. */
import { call, scriptOf, type Script, type Turn } from './script.ts'

/** Writes one file and finishes. */
export function writeAndFinish(path: string, content: string, summary = `Wrote ${path}.`): Script {
  return scriptOf([{ say: `I will write ${path}.`, calls: [call('write_file', { path, content })] }, { say: summary }])
}

/** Runs one command and finishes with what came of it. */
export function runAndFinish(command: string, why = 'To see what it does.'): Script {
  return scriptOf([
    { calls: [call('run_command', { command, why })] },
    ({ now }) => ({ say: `It came to: ${now.calls.at(-1)?.output.split('\n')[0] ?? 'nothing'}` }),
  ])
}

/** Writes a file, runs a command, finishes. */
export function writeRunAndFinish(path: string, content: string, command: string): Script {
  const turns: Turn[] = [
    {
      calls: [
        call('update_plan', {
          steps: [
            { text: `Write ${path}`, state: 'doing' },
            { text: 'Check it', state: 'todo' },
          ],
        }),
      ],
    },
    { calls: [call('write_file', { path, content })] },
    { calls: [call('run_command', { command, why: 'To check the change.' })] },
    { say: `Wrote ${path} and checked it.` },
  ]
  return scriptOf(turns)
}

/** Asks the person one question, writes the answer into a file, finishes. */
export function askAndFinish(text: string, options: readonly string[], path = 'ANSWER.md'): Script {
  return scriptOf([
    { calls: [call('ask_person', { text, options })] },
    ({ now }) => ({ calls: [call('write_file', { path, content: `${now.calls.at(-1)?.output ?? ''}\n` })] }),
    { say: 'I did as you answered.' },
  ])
}

/** Says one thing and changes nothing. */
export function onlySay(summary: string): Script {
  return scriptOf([{ say: summary }])
}

/** Never answers; only an abort ends it. */
export function neverAnswer(): Script {
  return { name: 'never', match: () => true, turns: () => ({ fault: { kind: 'hang' } }) }
}

/** Reads the same for ever and never finishes: an agent that goes in circles. */
export function loopForever(usage?: { readonly input?: number; readonly output?: number }): Script {
  return { name: 'loop', match: () => true, turns: () => ({ calls: [call('list_files', {})], ...(usage === undefined ? {} : { usage }) }) }
}

/** A script only for wishes that hold the given words. */
export function forWish(words: string, script: Script): Script {
  return { ...script, name: `${script.name} for ${words}`, match: (conversation) => conversation.wish.includes(words) && script.match(conversation) }
}
