// Discount codes and the share of the total each takes off.
const codes = { WELCOME10: 0.1, TEATIME: 0.25 }

// The share (0 to 1) a code takes off. Unknown codes take nothing off; case and spaces around a code do not matter.
export function discountFor(code) {
  return codes[(code ?? '').trim().toUpperCase()] ?? 0
}
