/**
 * Programs that start other programs. Their own flags are not understood: every word that could be the start of a command is
 * judged as one, and every word with a space in it as a command line, so that nothing hides behind a flag nobody knew.
 */
import type { ShellWord } from '../shell-word.ts'

const STARTERS = new Set(
  `env xargs timeout gtimeout nice ionice nohup setsid stdbuf time command builtin exec watch parallel flock script chronic unbuffer xvfb-run
   dbus-run-session busybox toybox direnv dotenv cross-env cross-env-shell dotenvx concurrently npm-run-all run-s run-p nodemon entr watchexec faketime catchsegv
   taskset numactl prlimit cpulimit choom coproc expect rlwrap winpty arch setarch linux32 linux64 fakeroot proot tini dumb-init
   lesspipe xdg-open open start sem fd fdfind ack ag less more most man vi vim nvim ex ed emacs nano view rview vimdiff info
   m4 sponge pv`
    .trim()
    .split(/\s+/u),
)
const SHELLS = new Set('sh bash zsh dash ksh mksh ash fish csh tcsh rbash'.split(' '))
/** Builtins that run text, or change what later names mean. */
const REWRITERS = new Set(
  'eval alias unalias trap enable bind complete compgen hash fc let unset shopt mapfile readarray history declare typeset local'.split(' '),
)

export function isStarter(name: string): boolean {
  return STARTERS.has(name)
}

export function isShell(name: string): boolean {
  return SHELLS.has(name)
}

export function isRewriter(name: string): boolean {
  return REWRITERS.has(name)
}

/** Every command a starter's words could begin: each tail of them that does not begin with a flag or a number. */
export function possibleStarts(args: readonly ShellWord[]): readonly (readonly ShellWord[])[] {
  return args.flatMap(({ value }, index) => (/^[-+\d]|^\w+=/u.test(value) ? [] : [args.slice(index)]))
}

/** What could be a whole command line: a word, what stands behind its flag (`-S`, `--flag=`), and what an editor is told by `:!` or `+!`. */
export function possibleLines(args: readonly ShellWord[]): readonly ShellWord[] {
  return args
    .filter(({ value }) => /\s/u.test(value))
    .flatMap((arg) => [...new Set([arg.value, ...BEFORE.map((flag) => arg.value.replace(flag, ''))])].map((value) => ({ ...arg, value })))
}

/** With what a word may begin before the line it holds. */
const BEFORE = [/^-[a-zA-Z]+/u, /^-[a-zA-Z]/u, /^[^=\s]*=/u, /^[+:!;@-]+/u, /^[^\s:]*[:;]+!?/u]

/** What reads commands from its input, when it is told by no word of its own what to do. */
const READ_COMMANDS = new Set('ed ex vi vim nvim view emacs m4 expect sqlite3 dc gnuplot octave R at batch'.split(' '))

export function readsCommands(name: string, args: readonly ShellWord[]): boolean {
  if (name === 'parallel' || name === 'sem') return !args.some(({ value }) => /^[\w./]/u.test(value))
  // Lines of these and of makefiles are commands.
  return READ_COMMANDS.has(name) || ((name === 'make' || name === 'gmake') && args.some(({ value }) => value === '-' || value === '-f-'))
}
