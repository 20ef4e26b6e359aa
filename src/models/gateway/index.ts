/** A model for engines behind the walls, without a key. */
export { createGateway, type GatewayOptions } from './gateway.ts'
export {
  GATEWAY_HOST,
  type ExpectedCall,
  type Gateway,
  type GatewayDoor,
  type GatewayProvider,
  type GatewayProviders,
  type GatewayRun,
  type Meter,
  type Reservation,
} from './port.ts'
