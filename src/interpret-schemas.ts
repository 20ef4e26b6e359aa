/**
 * Schemas are interpreted, not compiled: zod writes and compiles a function for each at its first use (2 ms for twenty fields, 0.3 ms
 * without), and a start uses hundreds of them a few times each. Imported before anything that makes a schema.
 */
import { z } from 'zod'

z.config({ jitless: true })
