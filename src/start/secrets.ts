/** Every secret the configuration holds: what may appear in no log, error or message. */
import type { Config, ModelKeys } from '#config'
import { learnSecrets } from '#core'

/** The model keys that hold now, each learnt as a secret before anybody else sees it. */
export function learntKeys(read: () => ModelKeys): () => ModelKeys {
  let last: ModelKeys | undefined
  return () => {
    const keys = read()
    if (keys !== last) learnSecrets([keys.anthropic, keys.openai])
    last = keys
    return keys
  }
}

export function secretsOf(config: Config): (string | undefined)[] {
  const url = [config.databaseUrl, config.databaseMigrateUrl]
  const passwords = url.map((text) => (text === undefined ? undefined : (URL.parse(text)?.password ?? undefined)))
  return [
    config.telegram.token,
    config.telegram.token?.split(':')[1],
    config.telegram.webhookSecret,
    config.anthropic.apiKey,
    config.openai.apiKey,
    ...url,
    ...passwords,
  ]
}
