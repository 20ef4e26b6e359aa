import { findProduct } from './catalogue.js'
import { discountFor } from './discount.js'

// What the items cost together, in euros with two decimals. `items` maps product ids to counts.
export function cartTotal(items, code) {
  let sum = 0
  for (const [id, count] of Object.entries(items)) sum += findProduct(id).price * count
  const total = sum * (1 - discountFor(code))
  return Math.floor(total * 100) / 100
}

export function formatPrice(euros) {
  return `€ ${euros.toFixed(2)}`
}
