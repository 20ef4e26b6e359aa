/** Whose phone it is and what it shows: the words in the bar, and the sheet to go elsewhere. */
import { el } from './dom.js'
import { choice, openSheet } from './sheets.js'

/** What stands in the bar: the topic, else the chat; and below it who holds the phone, where there is a choice. */
export function whereOf(info) {
  if (info === undefined) return { title: '', status: 'bot' }
  const { places } = info
  const here = places.chats.find(({ id }) => id === places.chat)
  const topic = here?.topics.find(({ id }) => id === places.thread)
  const me = places.persons.find(({ id }) => id === places.person)
  const kind = topic !== undefined ? info.title : here?.forum === true ? 'lobby' : info.isPrivate ? 'bot' : 'group'
  const alone = places.persons.length === 1 && places.chats.length === 1
  return { title: topic?.name ?? info.title, status: alone ? kind : `${kind} · you are ${me?.name ?? '?'}` }
}

/** Opens the sheet and goes where the person says. `act` posts to the page's server; it throws what can be shown. */
export async function openPlaces(info, act) {
  const { places } = info
  const chosen = await openSheet(
    'places',
    'Person, chat and topic',
    el('h2', {}, 'You are'),
    people(places),
    maker('Another person', 'meet', 'name', act),
    el('h2', {}, 'Chats'),
    chats(places),
    newTopic(places, act),
    newGroup(act),
  )
  if (chosen !== '') await act({ act: 'look', ...JSON.parse(chosen) })
}

const people = ({ persons, person }) => persons.map(({ id, name }) => place({ person: id }, id === person, 'choice', name))

function chats(places) {
  return places.chats.flatMap(({ id, title, forum, topics }) => [
    place({ chat: id }, id === places.chat && places.thread === undefined, 'choice', forum ? `${title} · lobby` : title),
    ...topics.map((topic) =>
      place(
        { chat: id, thread: topic.id },
        id === places.chat && topic.id === places.thread,
        topic.closed ? 'choice inner shut' : 'choice inner',
        topic.closed ? `${topic.name} · closed` : topic.name,
      ),
    ),
  ])
}

function place(to, here, kind, name) {
  const button = choice(JSON.stringify(to), el('bdi', {}, name))
  button.className = kind
  button.setAttribute('aria-current', String(here))
  return button
}

const newTopic = (places, act) =>
  places.chats.find(({ id }) => id === places.chat)?.forum === true ? maker('New topic here', 'topic', 'name', act) : undefined

function newGroup(act) {
  const forum = el('input', { type: 'checkbox', checked: true })
  const administrator = el('input', { type: 'checkbox', checked: true })
  const more = () => ({ forum: forum.checked, administrator: administrator.checked })
  return maker(
    'New group with everybody',
    'group',
    'title',
    act,
    more,
    el('label', {}, forum, 'topics'),
    el('label', {}, administrator, 'Lugh is administrator'),
  )
}

/** A line to write a name in, and what is made of it. */
function maker(label, what, field, act, more = () => ({}), ...extras) {
  const name = el('input', { type: 'text', maxlength: 64, placeholder: label, 'aria-label': label })
  const form = el('form', {}, name, ...extras, el('button', { type: 'submit' }, 'Add'))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (name.value.trim() === '') name.focus()
    else
      void act({ act: what, [field]: name.value.trim(), ...more() }).then(
        () => form.closest('dialog')?.close(''),
        (error) => name.setCustomValidity(error.message) || name.reportValidity(),
      )
  })
  name.addEventListener('input', () => name.setCustomValidity(''))
  return form
}
