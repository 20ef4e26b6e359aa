import { expect, test } from 'vitest'
import { createPainter } from './painter.ts'

const PATCH = 'diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1,2 +1,2 @@\n-const a = 1\n+const a = 2\n const b = 1\n'
const wanted = { patch: PATCH, whole: true, title: 'T1', look: 'light', maxPages: 4 } as const

/** Width and height from a JPEG's frame header. */
function sizeOf(jpeg: Uint8Array): [number, number] {
  const bytes = Buffer.from(jpeg)
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2))
    if ([0xc0, 0xc1, 0xc2].includes(bytes[at + 1] ?? 0)) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
  return [0, 0]
}

test('draws on a thread that ends by itself, and begins again for the next picture', async () => {
  const painter = createPainter({ idleMs: 20 })
  for (let life = 0; life < 2; life += 1) {
    const drawn = await painter.draw(wanted)
    expect([drawn.whole, drawn.pages.map(sizeOf)]).toEqual([true, [[1080, 240]]])
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await painter.close()
})

test('what cannot be drawn is an error, and the next picture is drawn all the same', async () => {
  const painter = createPainter()
  await expect(painter.draw({ ...wanted, patch: PATCH.replace('-1,2', '-1,9') })).rejects.toThrow('could not be drawn')
  const many = Array.from({ length: 300 }, (_, at) => `+line ${at}`).join('\n')
  const long = await painter.draw({
    ...wanted,
    patch: `diff --git a/a b/a\nnew file mode 100644\n--- /dev/null\n+++ b/a\n@@ -0,0 +1,300 @@\n${many}\n`,
  })
  expect([long.pages.length, long.whole]).toEqual([4, false])
  await painter.close()
})

test('a picture that takes too long ends the thread, and the next has a new one', async () => {
  const painter = createPainter({ drawMs: 1 })
  await expect(painter.draw(wanted)).rejects.toThrow('could not be drawn')
  await painter.close()
  await expect(painter.draw(wanted)).rejects.toThrow('could not be drawn')
})
