/**
 * Engines that are not Lugh's own and never come with it: found where a person installed them, loaded when they are first asked for.
 * What is found is used as it is; nothing is ever fetched here.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LughError } from '#core'
import { z } from 'zod'
import type { Program } from './session-port.ts'

/** Where engines may lie, first come first found: the directory for them (LUGH_ENGINES), then beside Lugh itself. */
export type Shelves = { readonly own: string; readonly beside: string }

/** A package as it lies there. `root`: the node_modules it and all it needs are in. */
export type Installed = { readonly directory: string; readonly root: string; readonly version: string }

const Manifest = z.object({ version: z.string() })

/** Looks for a package by name. Undefined: it is not installed, or what lies there is no package. */
export function findPackage(shelves: Shelves, name: string): Installed | undefined {
  const above = createRequire(join(shelves.beside, 'package.json')).resolve.paths(name) ?? []
  for (const root of [join(shelves.own, 'node_modules'), ...above]) {
    const directory = join(root, name)
    if (!existsSync(join(directory, 'package.json'))) continue
    try {
      const { version } = Manifest.parse(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')))
      return { directory: realpathSync(directory), root: realpathSync(root), version }
    } catch {
      continue // half an installation is none
    }
  }
  return undefined
}

/** Loads a package that `findPackage` found. Throws LughError `engine.failed` when it is broken; its parts are to be parsed. */
export async function loadPackage(found: Installed, name: string): Promise<unknown> {
  try {
    const entry = createRequire(join(dirname(found.root), 'package.json')).resolve(name)
    const loaded: unknown = await import(pathToFileURL(entry).href)
    return loaded
  } catch (error) {
    throw new LughError('engine.failed', `${name} ${found.version} is installed but cannot be loaded: install it again.`, { cause: error })
  }
}

/** The sentence for a person who wants an engine that is not there. */
export function howToInstall(shelves: Shelves, ...packages: readonly string[]): string {
  return `Not installed. On Lugh's machine: npm install --prefix ${shelves.own} ${packages.join(' ')}`
}

/** The same where the package is there, and the one beside it that holds its program for this kind of machine is not. */
export function howToComplete(name: string, { version }: Installed): string {
  return `${name} ${version} is installed without its program for this machine: install it again, without --omit=optional.`
}

/** How a program of a command line is started behind the walls: one that npm put on the shelf by its real path, any other by its name. */
export function programOn(shelves: Shelves, word: string): Pick<Program, 'argv' | 'readable'> {
  const linked = join(shelves.own, 'node_modules', '.bin', word)
  if (word.includes('/') || !existsSync(linked)) return { argv: [word] }
  const path = realpathSync(linked)
  const readable = [realpathSync(join(shelves.own, 'node_modules'))]
  // By the Node that runs Lugh: the one on PATH may be too old for it.
  return isScript(path) ? { argv: [process.execPath, path], readable: [...readable, dirname(process.execPath)] } : { argv: [path], readable }
}

function isScript(path: string): boolean {
  const start = Buffer.alloc(100) // some of them are programs of 300 MB
  const file = openSync(path, 'r')
  try {
    readSync(file, start)
  } finally {
    closeSync(file)
  }
  return /^#!.*\bnode\b/u.test(start.toString('latin1'))
}
