/** The arguments of a function call, which come as text. Half an input is no input. */
import { BrokenStream } from './answer.ts'

/** The parsed input; undefined when the answer was cut in it. Throws `BrokenStream` when it makes no sense otherwise. */
export function parseArguments(name: string, text: string, cut: boolean): { readonly value: unknown } | undefined {
  try {
    const value: unknown = text.trim() === '' ? {} : JSON.parse(text)
    return { value }
  } catch (error) {
    if (cut) return undefined
    throw new BrokenStream(`the input of ${name} is no JSON`, { cause: error })
  }
}
