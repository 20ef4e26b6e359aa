// What the shop sells. Prices in euros.
export const catalogue = [
  { id: 'mug', name: 'Mug', price: 8.5 },
  { id: 'tea', name: 'Green tea, 100 g', price: 4.35 },
  { id: 'spoon', name: 'Tea spoon', price: 1.15 },
  { id: 'pot', name: 'Tea pot', price: 24 },
]

export function findProduct(id) {
  const product = catalogue.find((candidate) => candidate.id === id)
  if (product === undefined) throw new Error(`No such product: ${id}`)
  return product
}
