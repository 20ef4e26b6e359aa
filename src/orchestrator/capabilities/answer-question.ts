import { LughError, QuestionId, oneLine } from '#core'
import { answerQuestionRow, appendEvent, lockTask, questionById, touchCards } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { checkOwnWork } from '../own-work.ts'
import { tooLate } from './too-late.ts'
import { tellLate, unparkWhenAnswered } from './unpark.ts'

const MAX_ANSWER = 20_000
const Input = z.object({ question: QuestionId, answer: z.string().trim().min(1, 'Write an answer.').max(MAX_ANSWER) })

/** Answers a question of an agent. The first answer counts. */
export const answerQuestion = capability({
  name: 'answer_question',
  describe: 'Answer an agent’s question.',
  input: Input,
  output: z.object({ answer: z.string() }),
  kind: 'decide',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: {
      verb: 'answer_question',
      usage: 'answer_question QUESTION ANSWER',
      parse: ([question, ...words]) => Input.parse({ question, answer: words.join(' ') }),
    },
    mcp: { scope: 'request', example: { question: '4d1a…', answer: 'Use the old colours.' } },
  },
  act: async (act, input) => {
    const question = await questionById(act.tx, input.question)
    const task = question === undefined ? undefined : await lockTask(act.tx, question.taskId)
    if (question === undefined || task === undefined) throw new LughError('not-found', 'That question is gone.')
    checkOwnWork(act, task)
    const answered = await answerQuestionRow(act.tx, question.id, input.answer, act.caller.personId, act.caller.door)
    // Read again: what was read before the lock may have been decided meanwhile.
    if (answered === undefined) throw tooLate(task, (await questionById(act.tx, question.id))?.state ?? 'withdrawn')
    await appendEvent(act.tx, {
      taskId: task.id,
      personId: act.caller.personId,
      door: act.caller.door,
      kind: 'question.answered',
      data: { questionId: question.id },
    })
    if (answered.lapsed === 'on')
      await tellLate(act, task, `You went on without an answer to “${oneLine(question.text, 300)}”. The person answers now: ${input.answer}`)
    await touchCards(act.tx, { kind: 'question', subjectId: question.id })
    await unparkWhenAnswered(act, task)
    return { answer: input.answer }
  },
  say: () => undefined,
  toast: () => 'Answered.',
})
