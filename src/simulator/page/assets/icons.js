/** Line icons as path data, drawn at 24 × 24 in the colour of their text. */
const PATHS = {
  mic: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M6 11a6 6 0 0 0 12 0M12 17v4',
  send: 'M4 20.5 21 12 4 3.5 4 10l11 2-11 2z',
  menu: 'M8 4h8a4 4 0 0 1 4 4v8a4 4 0 0 1-4 4H8a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4M13.8 8l-3.6 8',
  down: 'm6 9 6 6 6-6',
  close: 'M6 6l12 12M18 6 6 18',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  reply: 'M10 6 4 12l6 6M4 12h9a7 7 0 0 1 7 7',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  smile: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.5M15 9.5v.5',
  bell: 'M6 17v-6a6 6 0 0 1 12 0v6l1.5 2h-15zM10 21h4',
  bellOff: 'M6 17v-6a6 6 0 0 1 1-3.3M10 5.3A6 6 0 0 1 18 11v5M19 19H4.500L6 17M10 21h4M4 4l16 16',
  soundOn: 'M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4.200 4.200 0 0 1 0 6M18 6.500a7.800 7.800 0 0 1 0 11',
  soundOff: 'M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM16 9.500l5 5M21 9.500l-5 5',
  file: 'M7 3h7l5 5v13H7zM14 3v5h5',
  save: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  check: 'm4 12.500 5 5L20 6.500',
  attach: 'M20 11.500 11.500 20a5 5 0 0 1-7-7l9-9a3.400 3.400 0 0 1 4.800 4.800L9.500 17.500a1.700 1.700 0 0 1-2.400-2.400l7.900-7.900',
  link: 'M8 16 17 7M10 7h7v7',
}

/** The named icon; it says nothing to a screen reader, the button around it does. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', class: `icon icon-${name}`, 'aria-hidden': 'true', focusable: 'false' }))
    svg.setAttribute(key, value)
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', PATHS[name])
  svg.append(path)
  return svg
}
