/** The order of test files: what takes minutes begins first, so that a run does not end in waiting for one long file on an idle machine. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files of minutes, longest first, as measured on two cores; the others follow as vitest orders them. One that is missing here costs
 * idle time at the end, nothing else.
 */
const LONG = [
  'crash/soak',
  'crash/moments',
  'crash/points',
  'e2e/many',
  'crash/server',
  'crash/restore-kills',
  'hostile/odd-agents',
  'e2e/road',
  'hostile/odd-messages',
  'hostile/full-disk',
  'crash/kills',
  'e2e/engines',
  'crash/rise',
  'e2e/dry-run',
  'crash/approvals',
  'e2e/landing',
  'e2e/commands',
  'crash/updates',
  'hostile/git-vectors',
  'e2e/plan',
  'e2e/checkpoints',
  'orchestrator/send',
  'crash/bad-network',
]

function placeOf(file: string): number {
  const known = LONG.findIndex((name) => file.endsWith(`/${name}.test.ts`))
  return known === -1 ? LONG.length : known
}

/** Half of the files, about half of their time: the one half where `turn` is even, the other where it is odd. */
export function halfOf(files: readonly string[], turn: number): string[] {
  const byLength = files.toSorted().toSorted((a, b) => placeOf(a) - placeOf(b))
  return byLength.filter((_, at) => at % 2 === turn % 2)
}

export class LongestFirst extends BaseSequencer {
  /** Keeps vitest's own order among the files that are not known to be long. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => placeOf(moduleId)
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own
    const usual = await super.sort(files)
    return usual.toSorted((a, b) => group(a) - group(b) || place(a) - place(b))
  }
}
