/** How the scripted model can be told to misbehave, as real providers and networks do. */

export type Fault =
  /** An HTTP error in the API's shape. `retryAfter` in seconds; `body` replaces the shape (a proxy's HTML, say). */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly message?: string
      readonly retryAfter?: number
      readonly body?: string
      readonly type?: string
    }
  /** The connection is dropped before any answer. */
  | { readonly kind: 'reset' }
  /** The stream breaks off after so many events; `clean`: it ends as if it were whole. */
  | { readonly kind: 'cut'; readonly afterEvents: number; readonly clean?: boolean }
  /** An `error` event inside a stream that had begun. */
  | { readonly kind: 'error-event'; readonly type?: 'overloaded_error' | 'api_error' }
  /** The input of tool calls is cut in the middle of its JSON, the stream around it is whole. */
  | { readonly kind: 'broken-json' }
  /** Nothing is ever answered. `begun`: after the first event. */
  | { readonly kind: 'hang'; readonly begun?: boolean }
  /** Everything comes, so many bytes at a time: characters are split in their middle. */
  | { readonly kind: 'trickle'; readonly bytes: number }
  /** A whole, valid answer with nothing in it. */
  | { readonly kind: 'empty' }
