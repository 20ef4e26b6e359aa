/** What `/status` says of the sandbox. */
import { expect, it } from 'vitest'
import { sandboxWords } from './parts.ts'

it('the sandbox is told with its setting, what stands, and what that means', () => {
  const up = { walls: 'up', how: 'bubblewrap 0.8.0', network: { ok: true }, processes: 'control-group' } as const
  const deaf = { ...up, network: { ok: false, why: 'socat is not installed', fix: 'sudo apt install socat' }, processes: 'counted' } as const
  const none = { walls: 'none', why: 'bubblewrap is not installed', fix: 'sudo apt install bubblewrap' } as const
  const off = { walls: 'none', why: 'the sandbox is switched off (LUGH_SANDBOX=off)', fix: 'Set LUGH_SANDBOX=auto.' } as const
  expect([sandboxWords('auto', up), sandboxWords('required', deaf), sandboxWords('auto', none), sandboxWords('off', off)]).toEqual([
    "auto: bubblewrap 0.8.0, writes in the task's worktree only, network only where you allow it, number of processes bound by the kernel; without it every command would ask",
    "required: bubblewrap 0.8.0, writes in the task's worktree only, no network (socat is not installed; sudo apt install socat), number of processes counted only (a fork bomb may be felt for a moment: run Lugh as an ordinary user, or let it make control groups); without it Lugh does not start",
    'auto: none, so every command asks (bubblewrap is not installed; sudo apt install bubblewrap)',
    'off: none, so every command asks (the sandbox is switched off (LUGH_SANDBOX=off); Set LUGH_SANDBOX=auto.)',
  ])
})
