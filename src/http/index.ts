/** The web door. */
export { createApp, listenHttp, type HttpPorts } from './app.ts'
