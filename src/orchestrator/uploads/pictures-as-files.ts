/** An engine that is a program of its own is told in words; pictures of the person are files it can read, named there. */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Block, Message } from '#engines'

const ENDINGS = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp' } as const

/** The messages with each picture as the path of its file in `folder`, which is made when there is one. */
export async function picturesAsFiles(messages: readonly Message[], folder: string): Promise<Message[]> {
  const told: Message[] = []
  for (const message of messages) {
    const content: Block[] = []
    for (const block of message.content) content.push(block.type === 'picture' ? await asFile(block, folder) : block)
    told.push({ ...message, content })
  }
  return told
}

async function asFile(picture: Extract<Block, { type: 'picture' }>, folder: string): Promise<Block> {
  const bytes = Buffer.from(picture.base64, 'base64')
  const name = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const path = join(folder, `${name}.${ENDINGS[picture.mediaType]}`)
  await mkdir(folder, { recursive: true })
  await writeFile(path, bytes)
  return { type: 'text', text: `[Picture: look at the file ${path}]` }
}
