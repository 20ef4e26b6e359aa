/**
 * Which commands may run without asking. Deliberately narrow: a command line with any shell syntax in it, or a program
 * that is not on the list, asks. What is on the list only reads, whatever its arguments.
 */
import { digest, type Mode } from '#core'

/** Programs that only read, with the arguments that would make them write or run something. */
const READ_ONLY: Record<string, RegExp | null> = {
  ls: null,
  pwd: null,
  cat: null,
  head: null,
  tail: /^(-[a-zA-Z]*[fF]|--follow|--retry)/u,
  wc: /^--files0-from/u,
  stat: null,
  file: /^(-C|--compile|-z|-Z|--uncompress|-f|--files-from|-m|--magic-file|-M|-S|--no-sandbox)/u,
  du: /^--files0-from/u,
  echo: null,
  true: null,
  date: /^(-s|--set)/u,
  basename: null,
  dirname: null,
  grep: null,
  which: null,
  diff: /^(-l|--paginate)/u,
  cmp: null,
}
/** Plain words, paths and flags: nothing a shell would expand, join, redirect or run. */
const PLAIN_WORD = /^[\w./=:,@%+-]+$/u
const MAX_READ_ONLY_LENGTH = 2000 // a longer one is worth a look, whatever it is

/** Whether the command line only reads and holds no shell syntax at all. */
export function isReadOnly(command: string): boolean {
  if (command.length > MAX_READ_ONLY_LENGTH) return false
  const words = command.trim().split(/ +/u)
  const [program = '', ...args] = words
  if (!words.every((word) => PLAIN_WORD.test(word)) || !Object.hasOwn(READ_ONLY, program)) return false
  const never = READ_ONLY[program]
  return !args.some((arg) => (never?.test(arg) ?? false) || leavesTree(arg))
}

/** Absolute paths, `..` and assignments point outside what the agent was given: ask. */
function leavesTree(arg: string): boolean {
  return arg.startsWith('/') || arg.includes('=/') || arg.split('/').includes('..')
}

/**
 * The floor: asked in every mode, since it reaches beyond the worktree. Recognised anywhere in the line, so that hiding it
 * behind a wrapper, a pipe or an assignment still asks.
 */
const FLOOR =
  /\b(sudo|doas|su|ssh|scp|sftp|rsync|curl|wget|nc|ncat|telnet|ftp|publish|deploy|kubectl|helm|terraform|docker|podman|systemctl|service|mkfs|dd|shutdown|reboot|crontab|at|chown|mount|umount|eval|exec)\b|\bgit\b[^|;&\n]*\b(push|filter-branch|filter-repo|rebase|reset|clean|gc|prune|reflog|remote|config|update-ref|replace)\b|\b(npm|pnpm|yarn|bun|pip|pip3|cargo|gem|go|apt|apt-get|brew)\b[^|;&\n]*\b(i|ci|add|install|update|upgrade|publish|exec|dlx|x|get|create|init)\b|\bnpx\b|\brm\b[^|;&\n]*\s(\/|~|\.\.)/u

/** Decides about one command: `allow` it, or `ask` a person. Without walls every command asks. */
export function decideCommand(command: string, mode: Mode, walls: 'up' | 'none'): 'allow' | 'ask' {
  if (walls === 'none') return 'ask'
  if (isReadOnly(command)) return 'allow'
  return mode === 'auto' && !FLOOR.test(command) ? 'allow' : 'ask'
}

/** What an approval of a command is bound to: the very text, where it runs, and for which run. */
export function commandDigest(action: { tool: string; command: string; cwd: string }, runId: string | null): string {
  return digest('approval.command.v1', { ...action, run: runId })
}

/** What "this task" allows: the same command in the same place, for the rest of the task. */
export function grantDigest(action: { tool: string; command: string; cwd: string }): string {
  return digest('grant.command.v1', { ...action })
}
