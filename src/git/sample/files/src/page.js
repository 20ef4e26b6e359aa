import { cartTotal, formatPrice } from './cart.js'
import { catalogue } from './catalogue.js'

const items = {}
const list = document.querySelector('#products')
const code = document.querySelector('#code')
const total = document.querySelector('#total')

function showTotal() {
  total.textContent = formatPrice(cartTotal(items, code.value))
}

for (const product of catalogue) {
  const row = document.createElement('li')
  const name = document.createElement('span')
  name.textContent = `${product.name}, ${formatPrice(product.price)}`
  const add = document.createElement('button')
  add.textContent = 'Add'
  add.addEventListener('click', () => {
    items[product.id] = (items[product.id] ?? 0) + 1
    showTotal()
  })
  row.append(name, add)
  list.append(row)
}

code.addEventListener('input', showTotal)
showTotal()
