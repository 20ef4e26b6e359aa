import { describe, expect, it } from 'vitest'
import { familyOf, listProcesses, markedIn, proportionalBytes, readProcess, sendSignal, signalProcess, writtenBytes } from './processes.ts'

const linux = process.platform === 'linux'

describe.runIf(linux)('processes', () => {
  it('are read from /proc, this one included', () => {
    const own = readProcess(process.pid)
    expect(own).toMatchObject({ pid: process.pid, parent: process.ppid, zombie: false })
    expect(own?.residentBytes).toBeGreaterThan(10_000_000)
    expect(listProcesses().map(({ pid }) => pid)).toContain(process.pid)
    expect(writtenBytes(process.pid)).toBeGreaterThanOrEqual(0)
  })
  it('that are gone are undefined and hear nothing', () => {
    const gone = { pid: 2 ** 22 + 1, parent: 1, group: 1, session: 1, zombie: false, started: 1, residentBytes: 0 }
    expect([readProcess(gone.pid), sendSignal(gone.pid, 'SIGKILL'), signalProcess(gone, 'SIGKILL'), writtenBytes(gone.pid)]).toEqual([
      undefined,
      false,
      false,
      0,
    ])
  })
  it('with the number of another one hear nothing either', () => {
    const own = readProcess(process.pid)
    expect(own && signalProcess({ ...own, started: own.started - 1 }, 'SIGKILL')).toBe(false)
  })
  it('share pages that are counted once', () => {
    const own = readProcess(process.pid)
    expect(proportionalBytes(own === undefined ? [] : [own])).toBeLessThanOrEqual((own?.residentBytes ?? 0) * 1.5)
  })
})

it('a family is the process and all below it, and no one beside', () => {
  const person = (pid: number, parent: number) => ({ pid, parent, group: pid, session: pid, zombie: false, started: 1, residentBytes: 0 })
  const all = [person(1, 0), person(5, 1), person(6, 5), person(7, 6), person(8, 1), person(9, 5)]
  expect(familyOf(5, all).map(({ pid }) => pid)).toEqual([5, 6, 9, 7])
})

it('marks are found in what ps says', () => {
  const listing =
    '  501     1   501 /bin/sleep 5 PATH=/bin LUGH_SPAWN=abc.def.1. HOME=/x\n  502 1 502 /bin/sleep 6 PATH=/bin\n  503 1 503 vi LUGH_SPAWN=other.1.1.\n'
  expect(markedIn(listing, 'LUGH_SPAWN', 'LUGH_SPAWN=abc.')).toEqual([
    { process: { pid: 501, parent: 1, group: 501, session: 0, zombie: false, started: 0, residentBytes: 0 }, value: 'abc.def.1.' },
  ])
})
