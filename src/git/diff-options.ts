/** How Lugh asks git for the difference of two trees: once for what a person is shown, and again when parts of it are taken. */

/** Telegram takes files of 50 MB: a larger patch could not be shown whole, so it may not land. */
export const MAX_PATCH_BYTES = 40 * 1024 * 1024

const SAME = ['diff-tree', '-r', '-M', '--no-ext-diff', '--ignore-submodules=none']

/** Every changed path with modes, objects and counts. The two trees follow. */
export const LISTED: readonly string[] = [...SAME, '--no-abbrev', '--raw', '--numstat', '-z']

/**
 * Not `--text`: it would print every changed picture. It is not needed against a committed `*.js -diff` either, since the
 * store's own `info/attributes` outranks every `.gitattributes`; what is binary is decided by content, here and in the counts.
 */
export const PATCH: readonly string[] = [
  ...SAME,
  '--patch',
  '--no-color',
  '--no-textconv',
  '--full-index',
  '--unified=3',
  '--src-prefix=a/',
  '--dst-prefix=b/',
]
