/** The barest bot there is: grammY's own long polling, every text sent back. What Lugh's first reply is measured beside. */
import { Bot } from 'grammy'

const [, apiRoot = '', token = ''] = process.argv
const bot = new Bot(token, { client: { apiRoot } })
bot.on('message:text', (context) => context.reply(context.message.text))
await bot.start({ onStart: () => console.log('ready') })
