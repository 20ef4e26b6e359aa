/** Names of places on the network, and the rules that allow them. A name is compared only in its one canonical spelling, never as it was written. */

/** A place as it is compared and shown: lower case, punycode, no trailing dot, IPv6 without brackets. */
export type HostPort = { readonly host: string; readonly port: number }

/** `private`: the person was shown that it lies in their own network, and allowed that. */
export type HostRule = HostPort & { readonly private?: boolean }

/**
 * Reads `host:port` in whatever spelling (`0x7f.1:80`, `EXAMPLE.com.:443`, `[::1]:80`), as a browser would. Undefined when it is no
 * such place or carries more than one.
 */
export function parseHostPort(text: string, defaultPort?: number): HostPort | undefined {
  if (/[\s/\\?#@]/u.test(text)) return undefined
  // A scheme without a default port, so that none is swallowed; `http` is named for its rules of spelling.
  const url = URL.parse(`http://${text}`)
  if (url === null || url.hostname === '') return undefined
  const written = /:(\d{1,5})$/u.exec(text)?.[1]
  const port = written === undefined ? defaultPort : Number(written)
  if (port === undefined || port < 1 || port > 65_535) return undefined
  return { host: canonicalHost(url.hostname), port }
}

/** The one spelling of a host name that `URL` has already brought to lower case and punycode. */
export function canonicalHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/gu, '').replace(/\.$/u, '')
}

export function sameHost(a: HostPort, b: HostPort): boolean {
  return a.host === b.host && a.port === b.port
}

/** `registry.npmjs.org` on its usual port 443, otherwise with the port; as a person is shown it. */
export function showHost({ host, port }: HostPort): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === 443 ? name : `${name}:${port}`
}

/** Whether the name was written with letters beyond ASCII, which may look like others. */
export function isDisguised({ host }: Pick<HostPort, 'host'>): boolean {
  return host.split('.').some((label) => label.startsWith('xn--'))
}
