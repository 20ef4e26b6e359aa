/** Every secret the configuration holds: what may appear in no log, error or message. */
import type { Config, SecretsWatch } from '#config'
import { learnSecrets } from '#core'

/** The same watch; each secret is learnt before anybody else sees it. */
export function learntSecrets(watch: SecretsWatch): SecretsWatch {
  let last: ReturnType<SecretsWatch['now']> = {}
  const now = (): typeof last => {
    const secrets = watch.now()
    const { anthropic, openai, botToken, webhookSecret } = secrets
    const before = Object.values(last)
    if ([anthropic, openai, botToken, webhookSecret].some((secret) => secret !== undefined && !before.includes(secret)))
      learnSecrets([anthropic, openai, botToken, botToken?.split(':')[1], webhookSecret])
    last = secrets
    return secrets
  }
  return { now, changes: () => (now(), watch.changes()) }
}

/** What is referred to by name is a secret from the moment on in which it is asked for. */
export function learntReferences(reference: (name: string) => string | undefined): (name: string) => string | undefined {
  return (name) => {
    const value = reference(name)
    learnSecrets([value])
    return value
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
    config.mcp.token,
    ...url,
    ...passwords,
  ]
}
