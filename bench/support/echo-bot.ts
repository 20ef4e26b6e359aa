/**
 * The barest bot there is, by grammY's own long polling: every text sent back under a button, a press answered and shown by an edit, and
 * `picture` answered with a photo. What Lugh's replies, taps and messages are measured beside.
 */
import { Bot, InlineKeyboard, InputFile } from 'grammy'
import { sketch } from '../../test/support/pictures.ts'

const [, apiRoot = '', token = ''] = process.argv
const picture = await sketch(1080, 1300)
const bot = new Bot(token, { client: { apiRoot } })
bot.hears('picture', (context) => context.replyWithPhoto(new InputFile(picture, 'picture.jpg')))
bot.on('message:text', (context) => context.reply(context.message.text, { reply_markup: new InlineKeyboard().text('Go on', 'go') }))
bot.on('callback_query:data', async (context) => {
  await context.answerCallbackQuery({ text: 'Noted.' })
  await context.editMessageText('Go on: noted.')
})
await bot.start({ onStart: () => console.log('ready') })
