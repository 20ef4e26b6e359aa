import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cartTotal, formatPrice } from '../src/cart.js'

test('an empty cart costs nothing', () => {
  assert.equal(cartTotal({}), 0)
})

test('counts multiply', () => {
  assert.equal(cartTotal({ pot: 2, mug: 2 }), 65)
})

test('an unknown product is an error', () => {
  assert.throws(() => cartTotal({ anvil: 1 }), /No such product/)
})

test('prices have two decimals', () => {
  assert.equal(formatPrice(8.5), '€ 8.50')
})
