/** `lugh <verb> …` asks the running Lugh of this home; it never opens the database itself. */
import { request } from 'node:http'
import { LughError, randomIds } from '#core'
import { Answer, socketPath } from './protocol.ts'

/** Sends the words; answers what the capability answered. Throws `not-found` when no Lugh runs on this home. */
export function callRunning(home: string, verb: string, argv: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath: socketPath(home), method: 'POST', path: '/call', headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => (text += piece))
        response.on('end', () => resolve(Answer.parse(JSON.parse(text))))
        response.on('error', reject)
      },
    )
    call.on('error', (cause) => reject(new LughError('not-found', `No Lugh runs on ${home}. Start it with \`npm start\`.`, { cause })))
    call.end(JSON.stringify({ verb, argv, key: randomIds.uuid() }))
  })
}
