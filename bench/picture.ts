/** An 80-line diff as pages (parse, colours, word marks, layout, drawing, JPEG), on its thread and warm, beside shiki alone on the same lines. */
import { createHighlighter } from 'shiki'
import { createPainter } from '#media'
import { inTurn, timed, type Figure } from './support/figure.ts'

/** 80 lines as a change of a mid-sized file has them: context, lines that were changed in a word, and new ones. */
function patchOfEighty(): string {
  const lines = Array.from({ length: 20 }, (_, at) => [
    ` export function price${at}(item: Item, count: number): Money {`,
    `-  return multiply(item.price, count, { round: ${at} })`,
    `+  return multiply(item.price, Math.max(count, 0), { round: ${at} })`,
    ` }`,
  ]).flat()
  return `diff --git a/src/price.ts b/src/price.ts\n--- a/src/price.ts\n+++ b/src/price.ts\n@@ -1,60 +1,60 @@\n${lines.join('\n')}\n`
}

export const figure: Figure = {
  name: 'picture',
  measure: async (bench) => {
    const patch = patchOfEighty()
    const code = patch
      .split('\n')
      .slice(4)
      .map((line) => line.slice(1))
      .join('\n')
    const painter = createPainter()
    const shiki = await createHighlighter({ themes: ['github-dark-default'], langs: ['typescript'] })
    const draw = (): Promise<unknown> => painter.draw({ patch, whole: true, title: 'T12 · change 1', look: 'dark', maxPages: 4 })
    const bare = (): string => shiki.codeToHtml(code, { lang: 'typescript', theme: 'github-dark-default' })
    const [lugh, plain]: [number[], number[]] = [[], []]
    try {
      const first = await timed(draw)
      bare()
      await inTurn(
        bench.rounds(60, 10),
        async () => void lugh.push(await timed(draw)),
        async () => void plain.push(await timed(async () => void bare())),
      )
      return [
        {
          name: 'picture of an 80-line diff, warm',
          unit: 'ms',
          lugh,
          bare: { name: 'shiki alone', samples: plain },
          goal: { text: 'median < 100 ms', met: ({ median }) => median < 100 },
        },
        { name: 'the first picture after a start', unit: 'ms', lugh: [first] },
      ]
    } finally {
      shiki.dispose()
      await painter.close()
    }
  },
}
