/** A question of an agent: its options as buttons, and a way to type. It never expires silently. */
import { QuestionId, b, cut, join, nameHidden, oneLine } from '#core'
import { projectById, questionById, taskById, type Question, type Sql } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { decidedWords } from './decided.ts'

const MAX_QUESTION = 3000
const MAX_OPTION_LABEL = 40 // longer labels are cut by phones; the card lists the options in full
const MAX_OPTIONS = 8

export async function questionCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const question = await questionById(sql, QuestionId.parse(subjectId))
  const task = question === undefined ? undefined : await taskById(sql, question.taskId)
  if (question === undefined || task === undefined) return undefined
  const project = await projectById(sql, task.projectId)
  const long = question.options.some((option) => option.length > MAX_OPTION_LABEL)
  const text = join([
    [
      question.state === 'pending' ? '🟠 ' : '',
      b(`Question · ${project?.name ?? '?'} · T${task.number}${question.total > 1 ? ` · ${question.nth} of ${question.total}` : ''}`),
    ],
    cut(nameHidden(question.text), MAX_QUESTION),
    long && question.options.map((option, index) => `${index + 1}. ${nameHidden(option)}`).join('\n'),
    question.state === 'pending' &&
      question.lapsed === 'on' &&
      '⏳ Nobody answered, so the agent went on with what does not need this. It hears your answer whenever it comes.',
    question.state === 'answered' &&
      `✓ “${oneLine(question.answer ?? '', 500)}” ${await decidedWords(sql, { by: question.answeredBy, door: question.answeredDoor, at: question.answeredAt })}`,
    question.state === 'withdrawn' && 'No longer needed: the task ended or moved on.',
  ])
  return { text, buttons: question.state === 'pending' ? buttons(question) : [] }
}

function buttons(question: Question): Button[][] {
  const options = question.options.slice(0, MAX_OPTIONS).map((option, index): Button[] => [
    {
      label: option.length > MAX_OPTION_LABEL ? `${index + 1}. ${oneLine(option, MAX_OPTION_LABEL - 4)}` : oneLine(option, MAX_OPTION_LABEL),
      capability: 'answer_question',
      input: { question: question.id, answer: option },
    },
  ])
  const other: Button = {
    label: 'Other → type',
    capability: 'answer_question',
    input: { question: question.id },
    ask: { field: 'answer', prompt: 'Your answer?' },
  }
  return [...options, [other]]
}
