/** Reads a Bot API request: parameters from the query, JSON, a form or a multipart body, with its files. */
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { badRequest, Refusal } from './refusal.ts'
import type { JsonObject } from './world-types.ts'

export type UploadedFile = Readonly<{ name: string; mime: string; bytes: Uint8Array }>
export type ApiRequest = Readonly<{ parameters: JsonObject; files: ReadonlyMap<string, UploadedFile> }>

/** The real server takes uploads of 50 MB; a little more for what is around them. */
const MAX_BODY_BYTES = 51 * 1024 * 1024

const JsonBody = z.record(z.string(), z.unknown())

/** Everything a request says; the body wins over the query. Throws the `Refusal` the real server gives. */
export async function readApiRequest(request: IncomingMessage, query: URLSearchParams): Promise<ApiRequest> {
  const body = await readBody(request)
  const fromQuery = Object.fromEntries(query)
  const type = request.headers['content-type'] ?? ''
  if (body.byteLength === 0) return { parameters: fromQuery, files: new Map() }
  if (type.startsWith('application/json')) return { parameters: { ...fromQuery, ...parseJson(body) }, files: new Map() }
  if (type.startsWith('application/x-www-form-urlencoded'))
    return { parameters: { ...fromQuery, ...Object.fromEntries(new URLSearchParams(new TextDecoder().decode(body))) }, files: new Map() }
  if (type.startsWith('multipart/form-data')) return readParts(body, type, fromQuery)
  throw badRequest(`unsupported content type ${type}`)
}

async function readBody(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.byteLength
    if (size > MAX_BODY_BYTES) throw new Refusal(413, 'Request Entity Too Large')
    chunks.push(bytes)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function parseJson(body: Uint8Array): JsonObject {
  try {
    const parsed = JsonBody.safeParse(JSON.parse(new TextDecoder().decode(body)))
    if (parsed.success) return parsed.data
  } catch {
    // Falls through to the answer for all that is not a JSON object.
  }
  throw badRequest("can't parse JSON object")
}

async function readParts(body: Uint8Array<ArrayBuffer>, type: string, parameters: JsonObject): Promise<ApiRequest> {
  const files = new Map<string, UploadedFile>()
  const found: JsonObject = { ...parameters }
  for (const [name, value] of await new Response(body, { headers: { 'content-type': type } }).formData()) {
    if (typeof value === 'string') found[name] = value
    else files.set(name, { name: value.name, mime: value.type, bytes: new Uint8Array(await value.arrayBuffer()) })
  }
  return { parameters: found, files }
}
