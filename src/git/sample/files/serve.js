// Shows the shop at http://localhost:4000.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' }

createServer(async (request, response) => {
  const path = normalize(new URL(request.url, 'http://localhost').pathname)
  const file = join(import.meta.dirname, path === '/' ? 'index.html' : path)
  try {
    const content = await readFile(file)
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' }).end(content)
  } catch {
    response.writeHead(404).end('Not found')
  }
}).listen(4000, 'localhost', () => console.log('http://localhost:4000'))
