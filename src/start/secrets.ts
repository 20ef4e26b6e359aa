/** Every secret the configuration holds: what may appear in no log, error or message. */
import type { Config } from '#config'

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
