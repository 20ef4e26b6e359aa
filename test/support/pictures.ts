/** Pictures as people send them, made for each test, and a model that "sees" them: it says what its script says, if it was shown enough. */
import sharp from 'sharp'
import { call, type Script } from '#simulator'

/** A drawing of a page: boxes and lines on paper. */
export function sketch(width = 1200, height = 900): Promise<Buffer> {
  const lines = `<svg width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg"><rect width="100%" height="100%" fill="#fdf6e3"/>
    <g fill="none" stroke="#222" stroke-width="8"><rect x="60" y="60" width="${width - 120}" height="120" rx="12"/><rect x="60" y="240" width="${width / 2 - 100}" height="${height - 320}" rx="12"/>
    <rect x="${width / 2 + 20}" y="240" width="${width / 2 - 80}" height="160" rx="40"/><path d="M ${width / 2 + 20} 480 h ${width / 2 - 80} m -${width / 2 - 80} 80 h ${width / 3}"/></g></svg>`
  return sharp(Buffer.from(lines)).jpeg().toBuffer()
}

/** A plain picture of one colour, different for each number. */
export function plainPicture(number: number, side = 200): Promise<Buffer> {
  return sharp({ create: { width: side, height: side, channels: 3, background: { r: (number * 53) % 256, g: (number * 101) % 256, b: 90 } } })
    .jpeg()
    .toBuffer()
}

/** What a model answers when it is asked what pictures show; whatever a wish holds. */
export function looks(kind: string, about: string, tasks: readonly string[]): Script {
  return {
    name: 'looks',
    match: ({ tools }) => tools.includes('describe_pictures'),
    turns: () => ({ calls: [call('describe_pictures', { kind, about, tasks })] }),
  }
}
