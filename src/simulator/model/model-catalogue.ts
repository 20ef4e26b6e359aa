/** `GET /v1/models` and `/v1/models/NAME` in the form the caller speaks: by its headers, as a real server knows nobody else's. */
import type { IncomingHttpHeaders } from 'node:http'

/** The answer to a question about models; undefined when there is no such model. `path` is what follows `/v1/models`. */
export function catalogueAnswer(path: string, headers: IncomingHttpHeaders, models: readonly string[] | undefined): unknown {
  const anthropic = headers['anthropic-version'] !== undefined
  const form = anthropic ? anthropicModel : openAiModel
  const wanted = decodeURIComponent(path.replace(/^\//, ''))
  if (wanted !== '') return models === undefined || models.includes(wanted) ? form(wanted) : undefined
  const data = (models ?? ['scripted']).map(form)
  return anthropic ? { data, has_more: false, first_id: null, last_id: null } : { object: 'list', data }
}

const openAiModel = (id: string): unknown => ({ id, object: 'model', created: 0, owned_by: 'lugh' })

const yes = { supported: true }

function anthropicModel(id: string): unknown {
  const thinking = { supported: true, types: { adaptive: yes, between_tools: yes, disabled: yes, enabled: { supported: false } } }
  return { type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z', capabilities: { thinking, image_input: yes } }
}
