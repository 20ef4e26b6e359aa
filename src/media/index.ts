/**
 * What comes in and goes out as a picture: diffs as pages. What draws is loaded when the first picture is wanted, on a thread of its own. And
 * sound into words; what the words mean is decided elsewhere.
 */
export { beginningOf, type Beginning } from './diff/beginning.ts'
export { createPainter } from './diff/painter.ts'
export type { DiffToDraw, DrawnDiff, Painter } from './diff/port.ts'
export { LOOKS, type Look } from './diff/theme.ts'
export { createCommandTranscriber } from './voice/command-transcriber.ts'
export { createLocalTranscriber } from './voice/local-transcriber.ts'
export { createHearing, type Heard, type Hearing } from './voice/hear.ts'
export { createNormaliser, type Normalise, type Normalised } from './photo/normalise-picture.ts'
