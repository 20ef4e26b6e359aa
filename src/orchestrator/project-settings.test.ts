import { describe, expect, it } from 'vitest'
import { branchName } from './capabilities/new-task.ts'
import { locate, nameFor } from './capabilities/add-project.ts'
import { parseAuthor, parseSettings } from './project-settings.ts'

describe('project settings', () => {
  it('reads the file in the repository and ignores keys it does not know', () => {
    expect(parseSettings('test: npm test\nfast-forward: false\nfuture: 1\n')).toEqual({ file: { test: 'npm test', 'fast-forward': false } })
  })
  it('reads the mode a repository asks for, and no other word', () => {
    expect(parseSettings('mode: plan\n')).toEqual({ file: { mode: 'plan' } })
    expect(parseSettings('mode: yolo\n').problem).toContain('mode')
  })
  it('takes a broken or empty file for none, and says so', () => {
    expect(parseSettings(undefined)).toEqual({ file: {} })
    expect(parseSettings('')).toEqual({ file: {} })
    expect(parseSettings('a: [').problem).toContain('not valid YAML')
    expect(parseSettings('test: 5').problem).toContain('test')
  })
  it('is not blown up by aliases', () => {
    const bomb = `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: &d [*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`
    expect(parseSettings(bomb).file).toEqual({})
  })
  it('reads an author as git writes one', () => {
    expect(parseAuthor('Ada Lovelace <ada@example.org>')).toEqual({ name: 'Ada Lovelace', email: 'ada@example.org' })
    expect(parseAuthor('Ada')).toBeUndefined()
    expect(parseAuthor('A\n<a@b>')).toBeUndefined()
  })
  it('tells paths from URLs, and refuses secrets in a URL', () => {
    expect(locate('/home/me/shop/')).toEqual({ kind: 'path', location: '/home/me/shop' })
    expect(locate('git@example.org:me/shop.git')).toEqual({ kind: 'url', location: 'git@example.org:me/shop.git' })
    expect(locate('file:///srv/shop.git')).toEqual({ kind: 'url', location: 'file:///srv/shop.git' })
    expect(() => locate('https://me:token@example.org/x')).toThrow(/Leave the user name and token out/u)
    expect(() => locate('shop')).toThrow(/whole path/u)
    expect(() => locate('ext::sh -c id')).toThrow(/whole path/u)
  })
  it('names a project after its place', () => {
    expect(['/srv/shop', '/srv/shop.git', 'git@h:me/my shop.git', 'https://h/a/b.git/', '/'].map(nameFor)).toEqual([
      'shop',
      'shop',
      'my-shop',
      'b',
      'project',
    ])
  })
  it('makes branch names of any title', () => {
    expect([branchName(12, 'Dark mode!'), branchName(3, '日本語'), branchName(4, '-- Ünïcode ..lock')]).toEqual([
      'lugh/t12-dark-mode',
      'lugh/t3',
      'lugh/t4-u-ni-code-lock',
    ])
  })
})
