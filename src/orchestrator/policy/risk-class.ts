/** What a piece of a command can do, as a closed set from worst to best, with the words a card has for it. Says nothing of who may. */

export const RISK_CLASSES = [
  'unreadable', // cannot be parsed, or holds characters that look like others
  'hidden', // what runs is not in the text
  'root', // asks for more rights, or changes the machine
  'publish', // pushes, publishes, deploys
  'history', // rewrites history or git's own settings
  'outside', // changes something outside the worktree
  'install', // fetches code and runs it
  'network', // talks to other machines
  'delete', // deletes files of the worktree
  'inline', // runs code written into the command
  'project', // runs the project's code or a program nothing is known of
  'elsewhere', // only reads, but outside the worktree
  'write', // changes files of the worktree
  'read', // only reads, inside the worktree
] as const
export type RiskClass = (typeof RISK_CLASSES)[number]

/** Asked in every mode: it reaches beyond the worktree, or nobody can tell what it reaches. */
export const FLOOR: readonly RiskClass[] = ['unreadable', 'hidden', 'root', 'publish', 'history', 'outside', 'install', 'network']

/** What these do may not be had back by looking at the worktree: a checkpoint is made first. */
export const DESTRUCTIVE: readonly RiskClass[] = ['unreadable', 'hidden', 'root', 'publish', 'history', 'outside', 'delete']

const WORDS: Record<RiskClass, string> = {
  unreadable: 'cannot be read with certainty',
  hidden: 'hides what it runs',
  root: 'asks for more rights or changes the machine',
  publish: 'pushes, publishes or deploys',
  history: 'rewrites history or git’s own settings',
  outside: 'changes something outside the worktree',
  install: 'fetches code and runs it',
  network: 'talks to other machines',
  delete: 'deletes files of the worktree',
  inline: 'runs code written into the command',
  project: "runs the project's code",
  elsewhere: 'reads outside the worktree',
  write: 'changes files of the worktree',
  read: 'only reads',
}
const MAX_WORDS = 3 // a card's line; the worst come first

/** The worst of several classes; an empty list only reads. */
export function worst(classes: readonly RiskClass[]): RiskClass {
  return RISK_CLASSES.find((candidate) => classes.includes(candidate)) ?? 'read'
}

/** The words for all that is among them, worst first. */
export function riskWords(classes: readonly RiskClass[]): string {
  const present = RISK_CLASSES.filter((candidate) => classes.includes(candidate))
  const risky = present.filter((candidate) => candidate !== 'read')
  return (risky.length === 0 ? present : risky)
    .slice(0, MAX_WORDS)
    .map((candidate) => WORDS[candidate])
    .join(', ')
}
