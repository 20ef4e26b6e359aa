/** Times, days and sizes in words of the person's own locale. */

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const dayThisYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' })
const dayOtherYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })

/** Hours and minutes of a Unix time in seconds. */
export const timeOf = (seconds) => clock.format(seconds * 1000)

/** A day as a key that can be compared. */
export const dayKey = (seconds) => new Date(seconds * 1000).toDateString()

/** "Today", "Yesterday", "3 May", "3 May 2025". */
export function dayName(seconds, now = Date.now()) {
  const key = dayKey(seconds)
  if (key === dayKey(now / 1000)) return 'Today'
  if (key === dayKey(now / 1000 - 86_400)) return 'Yesterday'
  const date = new Date(seconds * 1000)
  return (date.getFullYear() === new Date(now).getFullYear() ? dayThisYear : dayOtherYear).format(date)
}

/** "734 B", "12.4 KB", "3.1 MB". */
export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`
}

/** "0:07" */
export const duration = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`

const ACTIONS = {
  typing: 'typing',
  upload_photo: 'sending a photo',
  upload_document: 'sending a file',
  record_voice: 'recording',
  upload_voice: 'sending a voice message',
}

/** What the bot is doing, as the status line says it. */
export const actionWords = (action) => ACTIONS[action] ?? 'typing'
