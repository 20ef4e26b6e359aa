/** When this process began: what is older was left by an earlier life of this LUGH_HOME. */

/** Milliseconds since 1970. */
export function bornAt(): number {
  return Date.now() - process.uptime() * 1000
}
