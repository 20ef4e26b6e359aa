/** Whether the words under a picture ask for something, or only say what it is. Text alone decides, so the same caption always does the same. */

/** Words that only name a picture: "Our whiteboard from today", "Skizze", "Screenshot 3". */
const NAMES =
  'sketch|sketches|picture|pictures|photo|photos|image|screenshot|screenshots|whiteboard|diagrams?|drawings?|mock-?up|wireframe|notes?|pages?|idea|ideas|bug|error|design|layout|board|log|output|file|patch|diff|skizzen?|bild|bilder|foto|fotos|zeichnung|tafel|notiz|notizen|diagramm|entwurf|ideen?|fehler|seiten?|datei'
const FILLERS =
  'a|an|the|my|our|your|this|that|these|those|here|is|are|it|its|from|of|for|in|on|at|by|with|and|new|one|two|three|four|five|several|first|second|last|old|quick|rough|some|today|yesterday|meeting|team|ein|eine|einen|der|die|das|den|dem|mein|meine|unser|unsere|dies|diese|dieser|dieses|hier|ist|sind|von|vom|für|im|in|am|auf|mit|und|neue|neuer|neues|zwei|drei|vier|mehrere|heute|gestern|no|nr|v'
const LABEL = new RegExp(`^(?:(?:${NAMES}|${FILLERS}|#?\\d+)(?:[\\s.,:;–-]+|$))+$`, 'iu')
/** One word is a name more often than a wish; these are wishes all the same. */
const SINGLE_ORDERS = /^(?:fix|mend|build|implement|explain|apply|translate|solve|repariere|baue|erkläre|übersetze|löse)\b/iu

/** Whether a caption is a wish of its own. A label leaves the choice to the person. */
export function captionAsks(caption: string): boolean {
  const words = caption
    .trim()
    .replace(/[.!…]+$/u, '')
    .trim()
  if (words === '' || LABEL.test(words)) return false
  if (words.includes('?')) return true
  return words.split(/\s+/u).length >= 2 || SINGLE_ORDERS.test(words)
}
